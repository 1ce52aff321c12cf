"""Read another's file from a thread, in case only the first one is confined."""

import json
import threading


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    loot = []

    def read():
        loot.append(open(json.loads(final_answer)["canary"]).read())

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return {"result": "complete", "loot": loot}
