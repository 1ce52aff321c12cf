"""A conversation with a model that counts what it costs, for roles that answer with one JSON object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.errors import GraphBubbleUp, is_invalid_resume

from awm_langgraph import prompts
from awm_langgraph.episode import Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.models.calls import ask
from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.models.turn import spoken
from awm_langgraph.settings import masked

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_T = TypeVar("_T")


class Interview:
    """Questions to one model, each with all that was said before it; ``usage`` covers those that were answered.

    ``last_text`` is the latest answer, without what the model thought aloud.
    """

    def __init__(self, model: BaseChatModel, *, timeout_seconds: float) -> None:
        self.usage = Usage()
        self.last_text = ""
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._messages: list[BaseMessage] = []

    async def ask(self, question: str) -> str:
        """Ask and return the answer's text; ``timeout_seconds`` bounds each question."""
        self._messages.append(HumanMessage(question))
        reply = await ask(self._model, self._messages, timeout_seconds=self._timeout_seconds)
        self.usage += reply.usage
        self.last_text = spoken(reply.message.text)
        # Some servers refuse an empty message of the assistant's.
        self._messages.append(AIMessage(self.last_text or "(empty)"))
        return self.last_text

    async def ask_again(self, complaint: str) -> str:
        """Send the last answer back with exactly what is wrong with it."""
        return await self.ask(await asyncio.to_thread(_repair_question, complaint))

    async def ask_readable(self, question: str, read: Callable[[str], _T]) -> _T:
        """Ask, and once more if the answer cannot be read.

        Raises:
            UnreadableAnswerError: the second answer cannot be read either.
        """
        try:
            return read(await self.ask(question))
        except UnreadableAnswerError as complaint:
            return read(await self.ask_again(str(complaint)))


def _repair_question(complaint: str) -> str:
    return prompts.load("repair").render(complaint=complaint)


async def answer_or_error(work: Awaitable[_T]) -> tuple[_T | None, str]:
    """Await an answer, or say in one line why there is none; a model that fails here must not end the episode.

    Cancellation, LangGraph's control flow, a person's answer that does not fit its form (it can be given again) and the
    user's own mistakes pass through.
    """
    try:
        return await work, ""
    except (GraphBubbleUp, UsageError):
        raise
    except ModelFailure as failure:
        return None, f"{failure.kind}: {failure}"
    except UnreadableAnswerError as complaint:
        return None, f"the answer cannot be read: {complaint}"
    except Exception as failure:
        # Odd schemas, odd content: whatever it is, the episode goes on.
        if is_invalid_resume(failure):
            raise
        text = await asyncio.to_thread(masked, f"{type(failure).__name__}: {failure}")
        return None, " ".join(text.split())
