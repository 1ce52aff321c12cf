"""Move another's file away, an own file over it, and an own file into another's folder."""

import json
import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    open("own", "w").write("x")
    for source, target in (
        (targets["canary"], targets["canary"] + ".gone"),
        (targets["canary"], os.path.abspath("loot")),
        ("own", targets["canary"]),
        ("own", os.path.join(targets["trap"], "own")),
        (final_db_path, targets["other"]),
    ):
        for move in (os.rename, os.replace):
            try:
                move(source, target)
            except OSError:
                continue
    return {"result": "complete"}
