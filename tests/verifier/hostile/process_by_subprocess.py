"""Start a program that stays, in every way that Python offers."""

import json
import os
import subprocess


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    stays = f"/bin/sh -c 'sleep 600; :' {targets['marker']} >/dev/null 2>&1 &"
    command = ["/bin/sh", "-c", f"touch {targets['trap']}/ran; {stays}"]
    for attempt in (
        lambda: subprocess.Popen(command, start_new_session=True),
        lambda: os.posix_spawn("/bin/sh", command, {}),
        lambda: os.spawnv(os.P_NOWAIT, "/bin/sh", command),
        lambda: os.system(" ".join(command[2:])),
        lambda: os.popen(command[2]).read(),
        lambda: os.execv("/bin/sh", command),
    ):
        try:
            attempt()
        except OSError:
            continue
    return {"result": "complete"}
