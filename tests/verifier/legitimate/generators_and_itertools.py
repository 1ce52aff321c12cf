"""Compare streams of rows lazily."""

import itertools
import operator
import sqlite3


def rows(path):
    yield from sqlite3.connect(path).execute("SELECT user_id, total FROM orders ORDER BY user_id, id")


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    groups = {key: len(list(group)) for key, group in itertools.groupby(rows(final_db_path), operator.itemgetter(0))}
    longest = max(itertools.accumulate(total for _, total in rows(final_db_path)))
    return {"result": "complete" if groups == {1: 2, 2: 1} and round(longest, 2) == 67.0 else "others"}
