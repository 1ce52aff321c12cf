"""Raise exceptions that cannot be shown: no text, no name, no end."""


class Unspeakable(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    error = Unspeakable()
    error.__cause__ = error.__context__ = error
    raise BaseExceptionGroup("x" * 10_000_000, [error, Unspeakable(KeyboardInterrupt())])
