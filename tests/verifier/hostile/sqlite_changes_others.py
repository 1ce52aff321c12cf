"""Change the original databases, and those of another session, through SQLite."""

import json
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    for name in ("initial", "final", "other"):
        for address in (targets[name], f"file:{targets[name]}?mode=rw", f"file:{targets[name]}?vfs=unix-none"):
            try:
                with sqlite3.connect(address, uri=address.startswith("file:"), timeout=0.1) as connection:
                    connection.execute("CREATE TABLE owned (x)")
            except sqlite3.Error:
                continue
    return {"result": "complete"}
