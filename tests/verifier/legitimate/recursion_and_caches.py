"""Recurse, with a cache, as deep as Python usually goes."""

import functools


@functools.lru_cache(maxsize=None)
def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def depth(number):
    return 0 if number == 0 else 1 + depth(number - 1)


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if fibonacci(80) == 23416728348467685 and depth(700) == 700 else "others"}
