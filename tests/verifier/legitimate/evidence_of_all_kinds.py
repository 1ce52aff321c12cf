"""Answer with evidence that is not JSON: rows, dates, decimals, bytes, sets, objects, infinities."""

import datetime
import sqlite3
from collections import Counter, namedtuple
from decimal import Decimal

Pair = namedtuple("Pair", "left right")


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    connection.row_factory = sqlite3.Row
    return {
        "result": "complete",
        "row": connection.execute("SELECT * FROM users").fetchone(),
        "when": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        "money": Decimal("1.10"),
        "raw": b"\x00\xff",
        "set": {3, 1, 2},
        "pair": Pair(1, (2, 3)),
        "counts": Counter("aab"),
        "infinite": [float("inf"), float("nan")],
        "object": object,
        1: None,
    }
