"""``python -m awm_langgraph.verifier``: one JSON payload on standard input, one JSON line on standard output.

The payload holds ``verifier_code``, ``function_name``, ``initial_db_path``, ``final_db_path``, ``final_answer`` and
``mode`` (``code`` or ``sql``); the line holds

- ``result``: ``complete`` or ``others`` in code mode, the evidence in sql mode, null unless the status is ``success``;
- ``execution_status``: ``success``, ``error`` (the code raised or answered nonsense, or the payload is wrong),
  ``timeout`` (the wall clock ended it) or ``killed`` (it broke a limit or crashed its process);
- ``error_message``: text, null after a success.

The exit code is 0 whatever the verifier did, and 2 for a payload that cannot be run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
from pathlib import Path
from typing import Any, get_args

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.errors import UsageError
from awm_langgraph.sandbox import SandboxLevel, admit, probe
from awm_langgraph.verifier.run import TIMEOUT_SECONDS, VerifierRun, run_verifier

_MODES = ("code", "sql")
_INTERRUPTED = 130
_PREVIEW_CHARACTERS = 200


def main() -> int:
    """Answer one payload; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m awm_langgraph.verifier",
        description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sandbox", choices=get_args(SandboxLevel), default="strict", help="how to confine the code")
    parser.add_argument("--timeout-seconds", type=float, default=TIMEOUT_SECONDS, help="how long the code may take")
    arguments = parser.parse_args()
    try:
        data = sys.stdin.buffer.read() if sys.stdin else b""  # it may be closed
        run = asyncio.run(_run(data, arguments.sandbox, arguments.timeout_seconds))
    except UsageError as error:
        _print(VerifierRun("error", error=str(error)), "code")
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED
    _print(*run)
    return 0


async def _run(data: bytes, level: SandboxLevel, timeout_seconds: float) -> tuple[VerifierRun, str]:
    if not 0 < timeout_seconds < math.inf:
        raise UsageError(f"Expected a positive number of seconds for --timeout-seconds, found {timeout_seconds}.")
    payload = _payload(data)
    source = VerifierSource(mode=payload["mode"], code=payload["verifier_code"], function_name=payload["function_name"])
    admission = admit(level, probe(), is_ours=False, what="the verifier")
    for notice in admission.notices:
        print(notice, file=sys.stderr)  # noqa: T201 -- this is a command
    paths = Path(payload["initial_db_path"]), Path(payload["final_db_path"])
    run = await run_verifier(
        source, *paths, payload["final_answer"], level=admission.level, timeout_seconds=timeout_seconds
    )
    return run, source.mode


def _payload(data: bytes) -> dict[str, Any]:
    """Check the payload by hand, so that every complaint is one line that names the field."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Expected one JSON object on standard input, found something else: {error}.") from error
    if not isinstance(given, dict):
        raise UsageError(f"Expected one JSON object on standard input, found {type(given).__name__}.")
    payload = {"function_name": "", "mode": "code", "final_answer": ""} | given
    for name in ("verifier_code", "function_name", "initial_db_path", "final_db_path"):
        if not isinstance(payload.get(name), str):
            raise UsageError(f"Expected text for {name!r} in the payload, found {_preview(payload.get(name))}.")
    if payload["mode"] not in _MODES:
        found = _preview(payload["mode"])
        raise UsageError(f"Expected one of {', '.join(_MODES)} for 'mode' in the payload, found {found}.")
    for name in ("initial_db_path", "final_db_path"):
        # not Path.is_file, which raises where a folder on the way is closed to us or the name is too long
        if not os.path.isfile(payload[name]):
            found = _preview(payload[name])
            raise UsageError(f"Expected a database file for {name!r} in the payload, found none at {found}.")
    return payload | {"final_answer": _text(payload["final_answer"])}


def _preview(value: object) -> str:
    return repr(value)[:_PREVIEW_CHARACTERS]


def _text(answer: object) -> str:
    """Hand every answer over as text: verifiers strip and search it."""
    if answer is None:
        return ""
    return answer if isinstance(answer, str) else json.dumps(answer)


def _print(run: VerifierRun, mode: str) -> None:
    result = None if run.status != "success" else run.result if mode == "code" else run.evidence
    print(json.dumps({"result": result, "execution_status": run.status, "error_message": run.error or None}))  # noqa: T201 -- this is a command


if __name__ == "__main__":
    sys.exit(main())
