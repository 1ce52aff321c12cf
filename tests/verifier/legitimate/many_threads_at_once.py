"""Let forty threads wait for each other."""

import threading


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    gate, passed = threading.Barrier(40), []
    threads = [threading.Thread(target=lambda: passed.append(gate.wait())) for _ in range(40)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:
        gate.abort()
        raise
    for thread in threads:
        thread.join()
    return {"result": "complete" if sorted(passed) == list(range(40)) else "others"}
