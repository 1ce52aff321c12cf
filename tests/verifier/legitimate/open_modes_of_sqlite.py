"""Open the databases in every mode that a URI can ask for."""

import sqlite3
from urllib.parse import quote


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    counts = set()
    for query in (
        "mode=ro",
        "mode=rw",
        "mode=rwc",
        "immutable=1",
        "mode=ro&cache=shared",
        "nolock=1",
        "mode=ro&psow=0",
    ):
        connection = sqlite3.connect(f"file:{quote(final_db_path)}?{query}", uri=True)
        counts.add(connection.execute("SELECT count(*) FROM orders").fetchone()[0])
        connection.close()
    return {"result": "complete" if counts == {3} else "others"}
