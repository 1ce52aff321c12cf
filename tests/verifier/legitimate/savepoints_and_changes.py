"""Try changes on the copy it was given and take them back."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("SAVEPOINT here")
    connection.execute("DELETE FROM orders")
    none = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    connection.execute("ROLLBACK TO here")
    connection.execute("CREATE INDEX by_user ON orders (user_id)")
    connection.execute("COMMIT")
    back = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    return {"result": "complete" if (none, back) == (0, 3) else "others"}
