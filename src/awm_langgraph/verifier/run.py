"""Run one verifier on two databases, confined."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.verifier.exchange import ask
from awm_langgraph.verifier.plain import plain
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
    """Run a verifier on private copies of two SQLite databases, in a child of its own that ends with its answer.

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
    except TimeoutError:
        reply = Reply("timeout", b"it waited too long for a process")
    except (OSError, ZygoteError) as error:
        reply = Reply("error", f"no process or no database to run it on: {error}".encode(errors="replace"))
    return replace(_read(source.mode, reply), latency_seconds=time.monotonic() - began)


def _read(mode: Mode, reply: Reply) -> VerifierRun:
    """Take a reply for no more than it is: text that somebody else's code wrote."""
    if reply.ending != "answered":
        return VerifierRun(reply.ending, error=reply.detail.decode(errors="replace"))
    try:
        # Copied again: what is nested too deep for us must not travel on.
        payload = plain(json.loads(reply.detail, parse_constant=_refuse))
    except (ValueError, RecursionError):
        payload = None
    match payload:
        case {"answer": dict(answer)}:
            return VerifierRun("success", evidence=answer) if mode == "sql" else _read_word(answer)
        case {"answer": answer}:
            return VerifierRun("error", error=f"it answered {_preview(answer)}; a verifier answers a dictionary")
        case {"error": str(reason)}:
            return VerifierRun("error", error=reason)
        case _:
            return VerifierRun("error", error="its process wrote something that is no answer")


def _read_word(answer: dict[str, Any]) -> VerifierRun:
    result = answer.pop("result", None)
    if result not in _WORDS:
        reason = f"its result is {_preview(result)}; it must be one of {' and '.join(_WORDS)}"
        return VerifierRun("error", evidence=answer, error=reason)
    return VerifierRun("success", result=result, evidence=answer)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _preview(value: object) -> str:
    return repr(value)[:_PREVIEW_CHARACTERS]
