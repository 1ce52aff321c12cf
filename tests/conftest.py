"""What tests of several folders share: an option, a runtime, and a chat model that gives prepared answers."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field
from xdist.scheduler import LoadScopeScheduling

from awm_langgraph.environment import runtime_for
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.settings import current_settings

ON_ONE_WORKER = (
    "tests/studio/",
    "tests/agent/test_expert_kinds.py",
    "tests/experts/test_false_alarms.py",
    "tests/scenarios/test_bundled.py",
)
"""Tests that share what is dear to make: a server, episodes that are played once. The others go to whoever is idle."""
TOKENS = UsageMetadata(input_tokens=100, output_tokens=10, total_tokens=110)

# no example of a property is judged by how long it took: the machine may have been busy
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")


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
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # as shells have it for what they run in the background; what is started from here is to hear Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "AWM_RUNS_DIR" not in os.environ:
        # the workers of a parallel run are started later, and find it there
        os.environ["AWM_RUNS_DIR"] = folder = tempfile.mkdtemp(prefix="awm-runs-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


class Sharing(LoadScopeScheduling):
    """Keeps tests together that share something; xdist's own groups are lost with pytest 9.2, without a word."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in ON_ONE_WORKER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """Choose who runs what in a parallel run."""
    return Sharing(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--parity-catalog",
        metavar="NAME|DIR",
        default="bundled",
        help="the catalog over which tests/environment/test_parity.py compares the runtimes (default: bundled)",
    )


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    """The default runtime, shared by tests and their event loops: a base process takes a second to start."""
    runtime = runtime_for(current_settings())
    yield runtime
    asyncio.run(runtime.close())


@pytest.fixture
def answering() -> Callable[..., PreparedModel]:
    """Make a model that gives these answers, one after the other."""
    return lambda *answers: PreparedModel(answers=list(answers))
