"""What executing a scenario's code does besides defining things, found in code of every kind."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.environment.fork.inside.purity import LoadWatch
from awm_langgraph.environment.scenario_app import MODULE_NAME

PLAIN = """
import os, datetime, itertools
from fastapi import FastAPI
app = FastAPI()
DATABASE_URL = os.getenv("DATABASE_PATH", "sqlite:///scenario.db")
FOUNDED = datetime.date(1999, 1, 1)
LIMITS = {"page": 10}
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    database = tmp_path / "scenario.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (x)")
    before = os.getcwd()
    os.chdir(tmp_path)
    yield database
    os.chdir(before)


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": MODULE_NAME}
    exec(code, names)  # noqa: S102 - the tests' own code
    return names


def test_code_that_only_defines_things_is_loaded_once(database: Path) -> None:
    watch = LoadWatch(database)
    with watch:
        names = executed(PLAIN)
    assert watch.finding(names) == ""


def test_a_thread_that_was_there_before_is_none_of_the_codes(database: Path) -> None:
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    watch = LoadWatch(database)
    with watch:
        names = executed(PLAIN)
    assert watch.finding(names) == ""
    gate.set()
    thread.join()


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("import sqlite3; c = sqlite3.connect('scenario.db'); c.execute('CREATE TABLE u (x)'); c.close()", "writes"),
        ("import sqlite3; c = sqlite3.connect('scenario.db'); c.execute('SELECT * FROM t')", "connection"),
        ("STARTED = datetime.datetime.now()", "time"),
        ("TODAY = datetime.date.today()", "time"),
        (
            "from pydantic import BaseModel, Field\n"
            "class At(BaseModel):\n    at: datetime.datetime = Field(default_factory=datetime.datetime.now)\n"
            "AT = {1: At()}",
            "time",
        ),
        ("HERE = os.path.abspath('scenario.db')", "path"),
        ("import random; TOKEN = random.random()", "chance"),
        ("import random; CHANCE = random.Random()", "chance"),
        ("import threading; e = threading.Event(); threading.Thread(target=e.wait, daemon=True).start()", "threads"),
    ],
)
def test_what_it_does_besides_is_found(line: str, finding: str, database: Path) -> None:
    watch = LoadWatch(database)
    with watch:
        names = executed(PLAIN + line)
    try:
        assert finding in watch.finding(names)
    finally:
        for release in ("e", "c"):
            if release in names:
                names[release].set() if release == "e" else names[release].close()
