"""Never end, in one call that no signal handler interrupts."""

import re


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    return {"result": re.match(r"(a+)+$", "a" * 64 + "b")}
