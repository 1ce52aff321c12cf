"""Fork children that outlive the verifier, away from its session and its group."""

import json
import os
import sys
import time


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(0.2)
            open(os.path.join(targets["trap"], "late"), "w").close()
            time.sleep(600)
        sys.exit()
    return {"result": "complete"}
