"""Build a full-text index in a temporary table."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
    connection.executemany("INSERT INTO words VALUES (?)", [("the quick fox",), (final_answer,)])
    found = connection.execute("SELECT count(*) FROM words WHERE words MATCH 'total'").fetchone()[0]
    return {"result": "complete" if found == 1 else "others"}
