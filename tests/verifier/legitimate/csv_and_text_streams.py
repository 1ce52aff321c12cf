"""Write a table as CSV in memory and read it back."""

import csv
import io
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows(sqlite3.connect(final_db_path).execute("SELECT id, name FROM users ORDER BY id"))
    rows = list(csv.reader(io.StringIO(stream.getvalue())))
    return {"result": "complete" if rows == [["1", "Ada"], ["2", "Zoë"]] else "others"}
