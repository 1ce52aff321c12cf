"""Run one verifier on two databases, confined."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.verifier.exchange import ask
from awm_langgraph.verifier.process import ZygoteError
from awm_langgraph.verifier.protocol import Mode, Reply, Request

if TYPE_CHECKING:
    from awm_langgraph.catalog.scenario import VerifierSource

TIMEOUT_SECONDS: Final = 30.0
_WORDS = ("complete", "others")
_PREVIEW_CHARACTERS = 200

Status = Literal["success", "error", "timeout", "killed"]
"""How a run ended.

``success``: it answered what its mode asks for. ``error``: it raised, or answered something else, or had no process or
database to run on. ``timeout``: the wall clock ended it. ``killed``: it broke a limit or crashed its process.
"""


@dataclass(frozen=True, slots=True)
class VerifierRun:
    """What came of one run.

    ``result`` is ``complete`` or ``others`` after a success in code mode, else empty. ``evidence`` is all else that it
    answered, plain data. ``error`` is empty after a success.
    """

    status: Status
    result: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    latency_seconds: float = 0.0


async def run_verifier(
    source: VerifierSource,
    initial: Path,
    final: Path,
    final_answer: str,
    *,
    level: SandboxLevel,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> VerifierRun:
    """Run a verifier on private copies of two SQLite databases, in a child of its own that is gone afterwards.

    Whatever the code does is in the answer; nothing is raised for it.

    Args:
        source: The code, and which function of it to call.
        initial: The database before the episode, with ``-wal`` and ``-journal`` beside it where there are any.
        final: The database after it; may be the same file.
        final_answer: What the agent answered.
        level: How the child is confined; ask ``admit`` first.
        timeout_seconds: How long the code may take.
    """
    began = time.monotonic()
    request = Request(source.code, source.function_name, source.mode, final_answer, ())
    try:
        reply = await ask(request, initial, final, level, timeout_seconds)
    except (OSError, ZygoteError) as error:
        reply = Reply("error", f"no process or no database to run it on: {error}".encode(errors="replace"))
    status, result, evidence, error = _read(source.mode, reply)
    return VerifierRun(status, result, evidence, error, time.monotonic() - began)


def _read(mode: Mode, reply: Reply) -> tuple[Status, str, dict[str, Any], str]:
    """Take a reply for no more than it is: text that somebody else's code wrote."""
    if reply.ending != "answered":
        return reply.ending, "", {}, reply.detail.decode(errors="replace")
    try:
        payload = json.loads(reply.detail)
    except (ValueError, RecursionError):
        return "error", "", {}, "its process wrote something that is no answer"
    if not isinstance(payload, dict) or "answer" not in payload:
        reason = payload.get("error") if isinstance(payload, dict) else None
        return "error", "", {}, reason if isinstance(reason, str) else "its process wrote something that is no answer"
    answer = payload["answer"]
    if not isinstance(answer, dict):
        return "error", "", {}, f"it answered {_preview(answer)}; a verifier answers a dictionary"
    if mode == "sql":
        return "success", "", answer, ""
    result = answer.pop("result", None)
    if result not in _WORDS:
        return "error", "", answer, f"its result is {_preview(result)}; it must be one of {' and '.join(_WORDS)}"
    return "success", result, answer, ""


def _preview(value: object) -> str:
    return repr(value)[:_PREVIEW_CHARACTERS]
