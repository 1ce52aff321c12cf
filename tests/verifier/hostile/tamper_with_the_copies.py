"""Swap, empty and corrupt the databases that the verifier was given."""

import json
import os
import shutil


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    shutil.copy(initial_db_path, final_db_path)
    with open(initial_db_path, "wb") as database:
        database.write(b"not a database")
    os.unlink(final_db_path)
    os.mkdir(final_db_path)
    os.rename(initial_db_path, "gone")
    return {"result": "complete", "loot": json.loads(final_answer)["marker"]}
