"""Use typing for real: protocols, generics, typed dictionaries, hints at run time."""

from __future__ import annotations

import sqlite3
import typing
from typing import Generic, NamedTuple, Protocol, TypedDict, TypeVar, runtime_checkable

Item = TypeVar("Item")


@runtime_checkable
class Countable(Protocol):
    def count(self) -> int: ...


class Answer(TypedDict):
    result: str


class Pair(NamedTuple):
    left: int
    right: int


class Box(Generic[Item]):
    def __init__(self, *items: Item) -> None:
        self.items = items

    def count(self) -> int:
        return len(self.items)


def verify_task_completion(initial_db_path: str, final_db_path: str, final_answer: str = "") -> Answer:
    hints = typing.get_type_hints(verify_task_completion)
    pair = Pair(
        *(
            sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0]
            for path in (initial_db_path, final_db_path)
        )
    )
    good = isinstance(Box(1, 2), Countable) and hints["return"] is Answer and pair == Pair(2, 3)
    return Answer(result="complete" if good else "others")
