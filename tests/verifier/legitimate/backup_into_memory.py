"""Work on copies in memory."""

import sqlite3


def in_memory(path):
    copy = sqlite3.connect(":memory:")
    with sqlite3.connect(path) as source:
        source.backup(copy)
    return copy


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    final = in_memory(final_db_path)
    final.execute("DELETE FROM orders WHERE id < 3")
    return {"result": "complete" if final.execute("SELECT total FROM orders").fetchall() == [(42.0,)] else "others"}
