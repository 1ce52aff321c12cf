"""Read rows as dictionaries, as named tuples and as Row objects."""

import collections
import sqlite3


def as_dictionary(cursor, row):
    return {column[0]: value for column, value in zip(cursor.description, row)}


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    found = []
    tuples = lambda cursor, row: collections.namedtuple("Row", [column[0] for column in cursor.description])(*row)
    for factory, total in (
        (as_dictionary, lambda row: row["total"]),
        (tuples, lambda row: row.total),
        (sqlite3.Row, dict),
    ):
        connection.row_factory = factory
        found.append(total(connection.execute("SELECT total FROM orders WHERE id = 3").fetchone()))
    return {"result": "complete" if found == [42.0, 42.0, {"total": 42.0}] else "others"}
