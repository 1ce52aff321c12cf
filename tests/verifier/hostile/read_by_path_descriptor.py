"""Turn descriptors that only name a file or a folder into ones that read, list and write it."""

import json
import os


def attempt(step):
    try:
        return repr(step())
    except OSError as error:
        return error.errno


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    loot = []
    for path in (targets["canary"], targets["other"], targets["folder"], targets["trap"], "/etc/passwd", "/"):
        named = os.open(path, os.O_PATH)
        again = f"/proc/self/fd/{named}"
        for step in (
            lambda: os.read(named, 1000),
            lambda: os.pread(named, 1000, 0),
            lambda: open(again).read(),
            lambda: open(again, "a").write("x"),
            lambda: os.read(os.open(again, os.O_RDONLY), 1000),
            lambda: os.listdir(named),
            lambda: os.listdir(again),
            lambda: open(os.open("canary.txt", os.O_RDONLY, dir_fd=named)).read(),
            lambda: os.mkdir("made", dir_fd=named),
            lambda: os.open("made.txt", os.O_WRONLY | os.O_CREAT, dir_fd=named),
            lambda: os.rename("canary.txt", "moved.txt", src_dir_fd=named, dst_dir_fd=named),
            lambda: os.fchdir(named),
            lambda: os.listdir("."),
            lambda: open("canary.txt").read(),
        ):
            loot.append(attempt(step))
    return {"result": "complete", "loot": loot}
