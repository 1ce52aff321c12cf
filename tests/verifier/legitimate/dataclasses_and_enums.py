"""Model rows with dataclasses, whose annotations are texts, and enumerations."""

from __future__ import annotations

import dataclasses
import enum
import sqlite3
from typing import ClassVar


class Status(enum.StrEnum):
    OPEN = "open"
    SHIPPED = "shipped"


@dataclasses.dataclass(frozen=True, order=True)
class Order:
    known: ClassVar[int] = 3
    id: int
    status: Status
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    rows = sqlite3.connect(final_db_path).execute("SELECT id, status FROM orders")
    orders = sorted(Order(number, Status(status)) for number, status in rows)
    good = len(orders) == Order.known and orders[0].status is Status.SHIPPED
    return {"result": "complete" if good else "others"}
