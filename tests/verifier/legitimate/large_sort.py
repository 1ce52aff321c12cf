"""Sort more than SQLite keeps in memory, so that it wants a temporary file."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    connection.execute("PRAGMA cache_size = 10")
    connection.execute("CREATE TEMP TABLE numbers (n INTEGER, filler TEXT)")
    connection.execute(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) "
        "INSERT INTO numbers SELECT (i * 7919) % 20011, hex(zeroblob(40)) FROM c"
    )
    rows = connection.execute("SELECT n FROM numbers ORDER BY filler, n").fetchall()
    return {"result": "complete" if rows == sorted(rows) and len(rows) == 20000 else "others"}
