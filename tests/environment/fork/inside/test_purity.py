"""What executing a scenario's code does besides defining things, found in code of every kind."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.environment.fork.inside.purity import LoadWatch, memory_of
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
    assert watch.finding(executed(PLAIN)) == ""


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("import sqlite3; c = sqlite3.connect('scenario.db'); c.execute('CREATE TABLE u (x)'); c.close()", "writes"),
        ("import sqlite3; c = sqlite3.connect('scenario.db'); c.execute('SELECT * FROM t')", "connection"),
        ("STARTED = datetime.datetime.now()", "time"),
        ("TODAY = datetime.date.today()", "time"),
        ("HERE = os.path.abspath('scenario.db')", "path"),
        ("import random; TOKEN = random.random()", "chance"),
        ("import random; CHANCE = random.Random()", "chance"),
        ("import threading; e = threading.Event(); threading.Thread(target=e.wait, daemon=True).start()", "threads"),
    ],
)
def test_what_it_does_besides_is_found(line: str, finding: str, database: Path) -> None:
    watch = LoadWatch(database)
    names = executed(PLAIN + line)
    try:
        assert finding in watch.finding(names)
    finally:
        for release in ("e", "c"):
            if release in names:
                names[release].set() if release == "e" else names[release].close()


REMEMBERING = """
import functools, itertools
from fastapi import FastAPI
app = FastAPI()
counter = itertools.count()
cache = {}
class Store:
    def __init__(self):
        self.rows = []
store = Store()

@functools.lru_cache
def slow(x):
    return x

def handler(seen=[]):
    return seen

def enclosing():
    hits = []
    return lambda: hits

enclosed = enclosing()
"""


@pytest.mark.parametrize(
    "act",
    [
        lambda names: next(names["counter"]),
        lambda names: names["cache"].update(a=1),
        lambda names: names["store"].rows.append(1),
        lambda names: names["slow"](1),
        lambda names: setattr(names["app"].state, "hits", 1),
        lambda names: setattr(names["Store"], "total", 1),
        lambda names: setattr(names["handler"], "calls", 1),
        lambda names: names["handler"]().append(1),
        lambda names: names["enclosed"]().append(1),
    ],
)
def test_what_a_call_leaves_in_a_modules_memory_is_seen(
    act: Callable[[dict[str, Any]], object],
) -> None:
    names = executed(REMEMBERING)
    before = memory_of(names)
    assert memory_of(names) == before
    act(names)
    assert memory_of(names) != before
