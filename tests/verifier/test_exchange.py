from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.verifier import run_verifier

Make = Callable[..., VerifierSource]

COUNTS = """
import sqlite3
counts = []
for path in (initial_db_path, final_db_path):
    for address in (f'file:{path}?mode=ro', f'file:{path}?immutable=1', f'file:{path}'):
        counts.append(sqlite3.connect(address, uri=True).execute('SELECT count(*) FROM words').fetchone()[0])
return {'result': 'complete', 'counts': counts}
"""


async def _counts(source: Make, initial: Path, final: Path) -> object:
    run = await run_verifier(source(COUNTS), initial, final, "", level="strict")
    return run.evidence.get("counts", run.error)


async def test_what_is_in_a_write_ahead_log_is_seen(source: Make, databases: tuple[Path, Path]) -> None:
    connection = sqlite3.connect(databases[1])
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("INSERT INTO words VALUES ('in the log')")
    connection.commit()
    before = databases[1].read_bytes()

    assert await _counts(source, *databases) == [0, 0, 0, 2, 2, 2]

    assert databases[1].read_bytes() == before
    connection.close()


async def test_a_transaction_that_was_cut_short_is_rolled_back(
    source: Make, databases: tuple[Path, Path], tmp_path: Path
) -> None:
    connection = sqlite3.connect(databases[1], isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO words VALUES (?)", [("unfinished",)] * 5000)
    cut = tmp_path / "cut.db"
    shutil.copy(databases[1], cut)
    shutil.copy(f"{databases[1]}-journal", f"{cut}-journal")
    connection.execute("ROLLBACK")
    connection.close()

    assert await _counts(source, databases[0], cut) == [0, 0, 0, 1, 1, 1]


async def test_a_damaged_database_is_the_verifiers_to_find(source: Make, databases: tuple[Path, Path]) -> None:
    damaged = databases[1]
    damaged.write_bytes(damaged.read_bytes()[:18] + b"\x02\x02" + b"\xff" * 5000)

    assert "DatabaseError" in str(await _counts(source, *databases))


async def test_what_is_no_database_file_is_an_error_and_waits_for_nothing(
    source: Make, databases: tuple[Path, Path], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")

    for wrong in (tmp_path / "absent.db", tmp_path / "pipe", tmp_path):
        run = await run_verifier(source(COUNTS), databases[0], wrong, "", level="strict")
        assert run.status == "error"
        assert "no database to run it on" in run.error


async def test_a_large_code_and_a_large_answer_go_through(source: Make, databases: tuple[Path, Path]) -> None:
    padding = "# " + "x" * 3_000_000
    code = f"{padding}\ndef verify(a, b):\n    return {{'result': 'complete', 'text': 'y' * 900_000}}"

    run = await run_verifier(source(code), *databases, "", level="strict")

    assert (run.status, len(run.evidence["text"])) == ("success", 900_000)


async def test_many_runs_at_once_each_get_their_own_answer(source: Make, databases: tuple[Path, Path]) -> None:
    verifier = source("return {'result': 'others', 'answer': final_answer}")

    runs = await asyncio.gather(*(run_verifier(verifier, *databases, str(n), level="strict") for n in range(40)))

    assert [run.evidence["answer"] for run in runs] == [str(number) for number in range(40)]
