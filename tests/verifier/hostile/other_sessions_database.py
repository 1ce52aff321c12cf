"""Read the database of another session, by file, by SQLite and by ATTACH."""

import json
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    other = json.loads(final_answer)["other"]
    loot = []
    attempts = [
        lambda: open(other, "rb").read().decode("latin-1"),
        lambda: sqlite3.connect(other).execute("SELECT word FROM secrets").fetchall(),
        lambda: (
            sqlite3.connect(f"file:{other}?mode=ro&immutable=1", uri=True).execute("SELECT * FROM secrets").fetchall()
        ),
        lambda: (
            sqlite3.connect(final_db_path).execute(f"ATTACH '{other}' AS other").execute("SELECT * FROM other.secrets")
        ),
    ]
    for attempt in attempts:
        try:
            loot.append(attempt())
        except Exception as error:
            loot.append(str(error))
    return {"result": "complete", "loot": loot}
