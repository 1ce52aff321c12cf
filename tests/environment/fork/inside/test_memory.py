"""What a call leaves in a scenario's memory is seen, wherever it is, and what cannot be looked into is told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from awm_langgraph.environment.fork.inside.memory import OpaqueError, memory_of
from awm_langgraph.environment.scenario_app import MODULE_NAME

REMEMBERING = """
import functools, itertools, json, logging, os, types
from enum import Enum
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, Integer, create_engine
from sqlalchemy.orm import declarative_base, sessionmaker
app = FastAPI()
engine = create_engine("sqlite://")
Session = sessionmaker(bind=engine)
Base = declarative_base()
counter = itertools.count()
cache = {}
__hidden = {"deep": [{}]}
state = types.SimpleNamespace(n=0)
logger = logging.getLogger("scenario")

class Row(Base):
    __tablename__ = "rows"
    id = Column(Integer, primary_key=True)

class Colour(str, Enum):
    RED = "red"

class Settings(BaseModel):
    limit: int = 10

class Store:
    def __init__(self):
        self.rows = []

class Slotted:
    __slots__ = ("n",)

class Table(dict):
    pass

store, slotted, table, settings = Store(), Slotted(), Table(), Settings()
add = store.rows.append

@functools.lru_cache
def slow(x):
    return x

def handler(seen=[]):
    return seen

def enclosing():
    hits = []
    return lambda: hits

enclosed = enclosing()
routed = []

def endpoint(kept):
    async def listed():
        return kept
    return listed

app.get("/listed")(endpoint(routed))
del endpoint
"""


def executed(code: str) -> dict[str, Any]:
    module = ModuleType(MODULE_NAME)
    sys.modules[MODULE_NAME] = module
    exec(code, vars(module))  # noqa: S102 - the tests' own code
    return vars(module)


ACTS = (
    "next(counter)",
    "cache.update(a=1)",
    "__hidden['deep'][0].update(a=1)",
    "setattr(state, 'n', 1)",
    "store.rows.append(1)",
    "add(1)",
    "setattr(slotted, 'n', 1)",
    "table.update(a=1)",
    "setattr(settings, 'limit', 11)",
    "slow(1)",
    "setattr(app.state, 'hits', 1)",
    "setattr(app, 'hits', 1)",
    "setattr(engine, 'hits', 1)",
    "setattr(Session, 'hits', 1)",
    "setattr(Row, 'total', 1)",
    "setattr(Store, 'total', 1)",
    "setattr(Colour.RED, 'total', 1)",
    "setattr(handler, 'calls', 1)",
    "handler().append(1)",
    "enclosed().append(1)",
    "routed.append(1)",
    "setattr(json, 'calls', 1)",
    "os.environ.update(AWM_TEST_CALLS='1')",
    "setattr(logger, 'calls', 1)",
    "logger.addHandler(logging.NullHandler())",
)
WATCHED = """
import json, sys
from types import ModuleType
from awm_langgraph.environment.fork.inside.memory import memory_of
from awm_langgraph.environment.scenario_app import MODULE_NAME

def look():
    code, act = json.load(sys.stdin)
    module = sys.modules[MODULE_NAME] = ModuleType(MODULE_NAME)
    names = vars(module)
    exec(code, names)
    before = memory_of(names)
    is_steady = memory_of(names) == before
    exec(act, names)
    print(json.dumps([is_steady, memory_of(names) != before]))

look()
"""
"""A process like the one that looks: a test's own has other libraries and threads, which remember things too."""


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE_NAME, None)


@pytest.mark.parametrize("act", ACTS)
def test_what_a_call_leaves_in_memory_is_seen(act: str) -> None:
    given = json.dumps([REMEMBERING, act])
    done = subprocess.run([sys.executable, "-c", WATCHED], input=given, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, True]


@pytest.mark.parametrize(
    "line",
    [
        "kept = (i for i in range(9))",
        "kept = iter([1, 2])",
        "import itertools; kept = itertools.cycle([1, 2])",
        "import queue; kept = queue.Queue()",
        "import threading; kept = threading.local()",
        "import threading\nclass Local(threading.local): pass\nkept = Local()",
        "import contextvars; kept = contextvars.ContextVar('kept')",
        "import io; kept = {'nested': [io.BytesIO()]}",
        "import random; kept = random.Random(1)",
        "class Holder: kept = iter([])",
        "def handler(kept=iter([])): pass",
        "class Counting:\n    def __init__(self, app): self.n = 0\napp.add_middleware(Counting)",
    ],
)
def test_what_cannot_be_looked_into_is_told(line: str) -> None:
    names = executed(f"from fastapi import FastAPI\napp = FastAPI()\n{line}")
    with pytest.raises(OpaqueError, match="cannot be looked into"):
        memory_of(names)
