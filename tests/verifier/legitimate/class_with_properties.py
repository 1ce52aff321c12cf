"""Put the check into classes with properties, slots and class methods."""

import sqlite3


class Order:
    __slots__ = ("_row",)

    def __init__(self, row):
        self._row = row

    @property
    def is_shipped(self):
        return self._row["status"] == "shipped"

    @classmethod
    def all(cls, path):
        connection = sqlite3.connect(path)
        connection.row_factory = sqlite3.Row
        return [cls(row) for row in connection.execute("SELECT * FROM orders")]


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if sum(order.is_shipped for order in Order.all(final_db_path)) == 1 else "others"}
