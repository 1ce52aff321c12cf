"""Use temporary files and folders of every kind."""

import os
import sqlite3
import tempfile


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        with sqlite3.connect(file.name) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS x")
        size = os.path.getsize(file.name)
    with tempfile.TemporaryFile("w+") as file, tempfile.SpooledTemporaryFile(max_size=10) as spooled:
        file.write("x" * 100)
        spooled.write(b"y" * 100)
        file.seek(0)
        text = file.read()
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    os.remove(path)
    return {"result": "complete" if size > 0 and len(text) == 100 and not os.path.exists(path) else "others"}
