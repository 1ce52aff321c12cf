"""Success criteria in words, from the code that checks a task."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from awm_langgraph import prompts
from awm_langgraph.episode import Usage, Value
from awm_langgraph.experts.reading import read_criteria
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PROMPT = "expert_criteria"
_SHORTEST_CODE_LINE_CHARACTERS = 30

CriteriaKey = tuple[str, str, str]
"""SHA-256 of the verifier's code, model name, prompt fingerprint."""


class Criteria(Value):
    """What must hold for a task to be complete; ``usage`` is zero when it was known. ``error``: why there is none."""

    items: tuple[str, ...] = ()
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    error: str = ""


class CriteriaCache:
    """Criteria that this process knows, with a lock for each, so that episodes of one task extract them once."""

    def __init__(self) -> None:
        self.known: dict[CriteriaKey, tuple[str, ...]] = {}
        self.locks: defaultdict[CriteriaKey, asyncio.Lock] = defaultdict(asyncio.Lock)


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
            if key in self._cache.known:
                return Criteria(items=self._cache.known[key])
            criteria = await self._ask(
                prompt.render(instruction=instruction, verifier_code=verifier_code), verifier_code
            )
            if not criteria.error:
                self._cache.known[key] = criteria.items
                self._cache.locks.pop(key, None)
            return criteria

    async def _ask(self, question: str, verifier_code: str) -> Criteria:
        started = time.perf_counter()
        interview = Interview(self._model, timeout_seconds=self._timeout_seconds)
        items, error = await answer_or_error(
            interview.ask_readable(question, lambda text: _read_without_code(text, verifier_code))
        )
        latency_seconds = time.perf_counter() - started
        return Criteria(items=items or (), usage=interview.usage, latency_seconds=latency_seconds, error=error)


def _read_without_code(text: str, verifier_code: str) -> tuple[str, ...]:
    criteria = read_criteria(text)
    lines = _telling_lines(verifier_code)
    for number, criterion in enumerate(criteria, start=1):
        if any(line in _squeezed(criterion) for line in lines):
            raise UnreadableAnswerError(f"criterion {number} quotes the checking code: say what must hold in words")
    return criteria


def _telling_lines(code: str) -> list[str]:
    """Choose the lines that are surely code: long enough, and with a call or an assignment in them."""
    lines = (_squeezed(line) for line in code.splitlines())
    return [line for line in lines if len(line) >= _SHORTEST_CODE_LINE_CHARACTERS and ("(" in line or "=" in line)]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
