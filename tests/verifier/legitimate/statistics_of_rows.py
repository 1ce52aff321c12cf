"""Reckon statistics and round them."""

import math
import sqlite3
import statistics


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    totals = [row[0] for row in sqlite3.connect(final_db_path).execute("SELECT total FROM orders")]
    good = math.isclose(statistics.mean(totals), 67 / 3) and statistics.median(totals) == 19.99
    return {"result": "complete" if good and round(statistics.stdev(totals), 1) == 18.6 else "others"}
