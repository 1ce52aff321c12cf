from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.verifier import VerifierRun, run_verifier
from awm_langgraph.verifier.protocol import Reply
from awm_langgraph.verifier.run import _read

Databases = tuple[Path, Path]
Make = Callable[..., VerifierSource]


async def _run(source: VerifierSource, databases: Databases, answer: str = "", seconds: float = 60.0) -> VerifierRun:
    return await run_verifier(source, *databases, answer, level="strict", timeout_seconds=seconds)


async def test_a_success_has_the_verifiers_word_and_the_rest_as_evidence(source: Make, databases: Databases) -> None:
    run = await _run(source("return {'result': 'complete', 'answer': final_answer}"), databases, "forty-two")

    assert (run.status, run.result, run.evidence, run.error) == ("success", "complete", {"answer": "forty-two"}, "")
    assert run.latency_seconds > 0


async def test_a_verifier_in_sql_mode_answers_evidence_of_any_shape(source: Make, databases: Databases) -> None:
    run = await _run(source("return {'result': 7, 'rows': [(1, 'a')]}", mode="sql"), databases)

    assert (run.status, run.result, run.evidence) == ("success", "", {"result": 7, "rows": [[1, "a"]]})


async def test_evidence_that_nothing_could_record_becomes_text(source: Make, databases: Databases) -> None:
    run = await _run(source("return {'result': 'others', 'x': 10**40, 'y': '\\ud800'}"), databases)

    assert (run.status, run.evidence) == ("success", {"x": str(10**40), "y": "?"})


def test_evidence_that_a_childs_code_wrote_past_its_own_copying_becomes_text_too() -> None:
    reply = Reply("answered", b'{"answer": {"result": "others", "x": 99999999999999999999, "y": "\\ud800"}}')

    assert _read("code", reply).evidence == {"x": "9" * 20, "y": "?"}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return {'result': 'yes'}", "'yes'; it must be one of complete and others"),
        ("return {}", "None; it must be one of"),
        ("return True", "it answered True; a verifier answers a dictionary"),
        ("return None", "it answered None"),
        ("return {}['x']", "KeyError: 'x' (line 2)"),
        ("raise SystemExit('all well')", "SystemExit: all well (line 2)"),
        ("import os\nos._exit(0)", "its process ended without an answer (exit status 0)"),
        ("x = [", "SyntaxError"),
    ],
)
async def test_nonsense_is_an_error_that_says_what_was_wrong(
    source: Make, databases: Databases, body: str, complaint: str
) -> None:
    run = await _run(source(body), databases)

    assert (run.status, run.result) == ("error", "")
    assert complaint in run.error


async def test_a_run_that_takes_too_long_is_a_timeout(source: Make, databases: Databases) -> None:
    run = await _run(source("while True: pass"), databases, seconds=0.1)

    assert (run.status, run.error) == ("timeout", "it took longer than 0.1 s")


async def test_a_run_that_crashes_or_takes_too_much_is_killed(source: Make, databases: Databases) -> None:
    crash = await _run(source("import ctypes\nctypes.string_at(0)"), databases)
    flood = await _run(source("import os, signal\n[os.mkdir(str(i)) for i in range(2000)]\nsignal.pause()"), databases)

    assert (crash.status, crash.error) == ("killed", "its process was ended by SIGSEGV")
    assert (flood.status, flood.error) == ("killed", "it used more than 1000 files")


async def test_the_databases_are_copies_named_alike_in_every_run(source: Make, databases: Databases) -> None:
    run = await _run(
        source("open(final_db_path, 'wb').write(b'gone')\nreturn {'result': 'others', 'path': final_db_path}"),
        databases,
    )

    assert run.evidence["path"].endswith("/final.db")
    assert Path(run.evidence["path"]) != databases[1]
    assert databases[1].read_bytes().startswith(b"SQLite format 3")


async def test_only_the_link_and_the_standard_streams_are_open(source: Make, databases: Databases) -> None:
    body = """
import os
found = []
for number in range(256):
    try:
        found.append(os.fstat(number).st_mode >> 12)
    except OSError:
        pass
return {'result': 'complete', 'kinds': found}
"""
    run = await _run(source(body), databases)

    character_device, socket_kind = 0o2, 0o14
    assert run.evidence["kinds"] == [character_device] * 3 + [socket_kind]


async def test_the_environment_holds_nothing_of_ours(source: Make, databases: Databases) -> None:
    run = await _run(source("import os\nreturn {'result': 'complete', **os.environ}"), databases)

    assert set(run.evidence) <= {
        "HOME",
        "TMPDIR",
        "SQLITE_TMPDIR",
        "MALLOC_ARENA_MAX",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
    }
    assert run.evidence["HOME"] != os.environ.get("HOME")
