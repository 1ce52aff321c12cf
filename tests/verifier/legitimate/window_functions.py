"""Rank rows in SQL with window functions, common tables and returning clauses."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    ranked = connection.execute(
        "WITH ranked AS (SELECT id, rank() OVER (PARTITION BY user_id ORDER BY total DESC) AS place FROM orders) "
        "SELECT id FROM ranked WHERE place = 1 ORDER BY id"
    ).fetchall()
    returned = connection.execute("UPDATE users SET name = upper(name) WHERE id = 1 RETURNING name").fetchone()
    return {"result": "complete" if ranked == [(2,), (3,)] and returned == ("ADA",) else "others"}
