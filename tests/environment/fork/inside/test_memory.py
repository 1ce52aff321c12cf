"""What a call leaves in a scenario's memory is seen, wherever it is, and what cannot be looked into is told."""

import sys
from collections.abc import Callable, Iterator
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


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Take back what the acts below leave in the process."""
    import json

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWM_TEST_CALLS", "0")
        patch.setattr(json, "calls", 0, raising=False)
        yield
    sys.modules.pop(MODULE_NAME, None)


@pytest.mark.parametrize(
    "act",
    [
        lambda names: next(names["counter"]),
        lambda names: names["cache"].update(a=1),
        lambda names: names["__hidden"]["deep"][0].update(a=1),
        lambda names: setattr(names["state"], "n", 1),
        lambda names: names["store"].rows.append(1),
        lambda names: names["add"](1),
        lambda names: setattr(names["slotted"], "n", 1),
        lambda names: names["table"].update(a=1),
        lambda names: setattr(names["settings"], "limit", 11),
        lambda names: names["slow"](1),
        lambda names: setattr(names["app"].state, "hits", 1),
        lambda names: setattr(names["app"], "hits", 1),
        lambda names: setattr(names["engine"], "hits", 1),
        lambda names: setattr(names["Session"], "hits", 1),
        lambda names: setattr(names["Row"], "total", 1),
        lambda names: setattr(names["Store"], "total", 1),
        lambda names: setattr(names["Colour"].RED, "total", 1),
        lambda names: setattr(names["handler"], "calls", 1),
        lambda names: names["handler"]().append(1),
        lambda names: names["enclosed"]().append(1),
        lambda names: names["routed"].append(1),
        lambda names: setattr(names["json"], "calls", 1),
        lambda names: names["os"].environ.update(AWM_TEST_CALLS="1"),
        lambda names: setattr(names["logger"], "calls", 1),
    ],
)
def test_what_a_call_leaves_in_memory_is_seen(act: Callable[[dict[str, Any]], object]) -> None:
    names = executed(REMEMBERING)
    before = memory_of(names)
    assert memory_of(names) == before
    act(names)
    assert memory_of(names) != before


def test_a_handler_that_a_call_adds_to_a_logger_is_seen() -> None:
    names = executed(REMEMBERING)
    before = memory_of(names)
    handler = names["logging"].NullHandler()
    names["logger"].addHandler(handler)
    after = memory_of(names)
    names["logger"].removeHandler(handler)
    assert after != before


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
