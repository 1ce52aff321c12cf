"""Use exceptions, chaining and cleanup to decide."""

import contextlib
import sqlite3


class NotDone(Exception):
    """What the final state lacks."""


@contextlib.contextmanager
def opened(path):
    connection = sqlite3.connect(path)
    try:
        yield connection
    finally:
        connection.close()


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    try:
        with opened(final_db_path) as connection:
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute("SELECT * FROM missing")
            if not connection.execute("SELECT 1 FROM orders WHERE id = 3").fetchone():
                raise NotDone("order 3")
    except NotDone as error:
        return {"result": "others", "reason": str(error)}
    return {"result": "complete"}
