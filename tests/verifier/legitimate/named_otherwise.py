"""Call the function something else: it is the first whose name begins with verify."""

import sqlite3


def helper(path):
    return sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0]


def verify_order_was_placed(initial_db_path, final_db_path):
    return {"result": "complete" if (helper(initial_db_path), helper(final_db_path)) == (2, 3) else "others"}


def verify_nothing(initial_db_path, final_db_path):
    return {"result": "others"}
