"""What tests of several folders share: an option, and a chat model that gives prepared answers."""

import os
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

TOKENS = UsageMetadata(input_tokens=100, output_tokens=10, total_tokens=110)


class PreparedModel(BaseChatModel):
    """Answers with text, fails with an exception, or does what a function does; ``asked`` holds each conversation."""

    answers: list[Any]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "prepared"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("this program asks its models asynchronously")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(list(messages))
        answer = self.answers.pop(0)
        if callable(answer):
            answer = await answer()
        if isinstance(answer, BaseException):
            raise answer
        return ChatResult(generations=[ChatGeneration(message=AIMessage(answer, usage_metadata=TOKENS))])


def pytest_configure(config: pytest.Config) -> None:
    """Keep what the program writes out of the working folder; tests of the command line choose for themselves."""
    os.environ.setdefault("AWM_RUNS_DIR", tempfile.mkdtemp(prefix="awm-runs-"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--parity-catalog",
        metavar="NAME|DIR",
        default="bundled",
        help="the catalog over which tests/environment/test_parity.py compares the runtimes (default: bundled)",
    )


@pytest.fixture
def answering() -> Callable[..., PreparedModel]:
    """Make a model that gives these answers, one after the other."""
    return lambda *answers: PreparedModel(answers=list(answers))
