"""Success criteria in words, from the code that checks a task."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING

from awm_langgraph import prompts
from awm_langgraph.episode import Usage, Value
from awm_langgraph.experts.criteria_cache import CriteriaCache
from awm_langgraph.experts.quoting import quotes, telling_pieces
from awm_langgraph.experts.reading import read_criteria
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.models.untraced import untraced

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PROMPT = "expert_criteria"


class Criteria(Value):
    """What must hold for a task to be complete; ``usage`` is zero when it was known. ``error``: why there is none."""

    items: tuple[str, ...] = ()
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    error: str = ""


class CriteriaExtractor:
    """Reads verifier code through a model, so that an expert can know the criteria without seeing the code."""

    def __init__(
        self, model: BaseChatModel, model_name: str, cache: CriteriaCache, *, timeout_seconds: float = 120.0
    ) -> None:
        self._model = model
        self._model_name = model_name
        self._cache = cache
        self._timeout_seconds = timeout_seconds

    async def extract(self, instruction: str, verifier_code: str) -> Criteria:
        """Say what must hold; the model is asked once per code, model and prompt. A failure is told and not kept."""
        digest = hashlib.sha256(verifier_code.encode("utf-8", "surrogatepass")).hexdigest()
        prompt = await asyncio.to_thread(prompts.load, _PROMPT)
        key = (digest, self._model_name, prompt.fingerprint)
        async with self._cache.locks[key]:
            if items := await self._cache.find(key):
                self._cache.locks.pop(key, None)
                return Criteria(items=items)
            pieces = await asyncio.to_thread(telling_pieces, verifier_code, public_text=instruction)
            criteria = await self._ask(prompt.render(instruction=instruction, verifier_code=verifier_code), pieces)
            if not criteria.error:
                await self._cache.keep(key, criteria.items)
                self._cache.locks.pop(key, None)
            return criteria

    async def _ask(self, question: str, pieces: tuple[str, ...]) -> Criteria:
        started = time.perf_counter()
        interview = Interview(self._model, timeout_seconds=self._timeout_seconds)
        with untraced():
            items, error = await answer_or_error(
                interview.ask_readable(question, lambda text: _read_without_code(text, pieces))
            )
        latency_seconds = time.perf_counter() - started
        return Criteria(items=items or (), usage=interview.usage, latency_seconds=latency_seconds, error=error)


def _read_without_code(text: str, pieces: tuple[str, ...]) -> tuple[str, ...]:
    criteria = read_criteria(text)
    for number, criterion in enumerate(criteria, start=1):
        if quotes(criterion, pieces):
            raise UnreadableAnswerError(f"criterion {number} quotes the checking code: say what must hold in words")
    return criteria
