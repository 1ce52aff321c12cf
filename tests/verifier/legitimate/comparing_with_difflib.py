"""Compare dumps of both databases line by line."""

import difflib
import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    dumps = [list(sqlite3.connect(path).iterdump()) for path in (initial_db_path, final_db_path)]
    added = [line for line in difflib.ndiff(*dumps) if line.startswith("+ ")]
    return {"result": "complete" if len(added) == 3 else "others"}
