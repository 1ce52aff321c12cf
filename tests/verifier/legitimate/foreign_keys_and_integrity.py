"""Run SQLite's own checks, which want to write nothing but open everything."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    connection.execute("PRAGMA foreign_keys = ON")
    whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    columns = [row[1] for row in connection.execute("PRAGMA table_info(orders)")]
    return {"result": "complete" if whole and "placed_at" in columns else "others"}
