"""Read JSON out of columns, in Python and in SQL."""

import json
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    tags = {number: json.loads(text) for number, text in connection.execute("SELECT id, tags FROM orders")}
    in_sql = connection.execute("SELECT value FROM orders, json_each(orders.tags) WHERE orders.id = 1").fetchall()
    return {"result": "complete" if tags[3] == ["new"] and in_sql == [("gift",), ("red",)] else "others"}
