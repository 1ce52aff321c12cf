"""Start workers with multiprocessing, by each of its methods."""

import json
import multiprocessing
import os


def work(trap):
    open(os.path.join(trap, "worker"), "w").close()


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    trap = json.loads(final_answer)["trap"]
    for method in ("fork", "spawn", "forkserver"):
        try:
            multiprocessing.get_context(method).Process(target=work, args=(trap,)).start()
        except OSError:
            continue
    return {"result": "complete"}
