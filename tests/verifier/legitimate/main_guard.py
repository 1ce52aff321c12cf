"""Keep a test of its own behind the usual guard, which must not run."""

import sqlite3
import sys


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    count = sqlite3.connect(final_db_path).execute("SELECT count(*) FROM orders").fetchone()[0]
    return {"result": "complete" if count == 3 else "others"}


if __name__ == "__main__":
    sys.exit("this must not run")
