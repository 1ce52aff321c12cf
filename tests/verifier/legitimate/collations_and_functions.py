"""Give SQLite functions, aggregates and collations of its own."""

import math
import sqlite3


class Product:
    def __init__(self):
        self.value = 1.0

    def step(self, value):
        self.value *= value

    def finalize(self):
        return self.value


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    connection = sqlite3.connect(final_db_path)
    connection.create_function("initial", 1, lambda text: text[0])
    connection.create_aggregate("product", 1, Product)
    connection.create_collation("by_length", lambda a, b: len(a) - len(b))
    names = connection.execute("SELECT initial(name) FROM users ORDER BY email COLLATE by_length, id").fetchall()
    product = connection.execute("SELECT product(total) FROM orders").fetchone()[0]
    good = names == [("A",), ("Z",)] and math.isclose(product, 19.99 * 5.01 * 42.0)
    return {"result": "complete" if good else "others"}
