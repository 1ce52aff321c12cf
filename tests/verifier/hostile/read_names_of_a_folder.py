"""List a folder of others, whose names are secret too, by path, by walk and by glob."""

import glob
import json
import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    folder = json.loads(final_answer)["folder"]
    loot = [list(os.walk(folder)), glob.glob(f"{folder}/*")]
    try:
        loot.append(os.listdir(folder))
        loot.append([entry.name for entry in os.scandir(folder)])
    except OSError as error:
        loot.append(error.errno)
    return {"result": "complete", "loot": loot}
