"""Hide the function's own parameters behind a decorator that keeps none of them."""

import sqlite3
import time


def timed(function):
    def wrapper(*arguments, **named):
        began = time.perf_counter()
        answer = function(*arguments, **named)
        answer["seconds"] = time.perf_counter() - began
        return answer

    return wrapper


@timed
def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    count = sqlite3.connect(final_db_path).execute("SELECT count(*) FROM orders").fetchone()[0]
    return {"result": "complete" if count == 3 and "42" in final_answer else "others"}
