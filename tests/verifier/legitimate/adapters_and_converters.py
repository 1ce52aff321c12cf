"""Register converters for declared column types."""

import datetime
import sqlite3

sqlite3.register_converter("stamp", lambda text: datetime.datetime.fromisoformat(text.decode()))


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path, detect_types=sqlite3.PARSE_COLNAMES)
    row = connection.execute('SELECT created_at AS "created_at [stamp]" FROM users WHERE id = 2').fetchone()
    return {"result": "complete" if row[0].day == 29 and row[0].year == 2024 else "others"}
