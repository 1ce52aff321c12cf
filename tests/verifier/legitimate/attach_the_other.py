"""Attach the initial database to a connection on the final one, and compare in SQL."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    connection.execute("ATTACH DATABASE ? AS before", (initial_db_path,))
    new = connection.execute("SELECT id FROM orders EXCEPT SELECT id FROM before.orders").fetchall()
    return {"result": "complete" if new == [(3,)] else "others"}
