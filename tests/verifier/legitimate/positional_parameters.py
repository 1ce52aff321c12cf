"""Name the parameters otherwise: they come in order."""

import sqlite3


def verify_task_completion(before, after, answer):
    counts = [sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0] for path in (before, after)]
    return {"result": "complete" if counts == [2, 3] and answer.startswith("The total") else "others"}
