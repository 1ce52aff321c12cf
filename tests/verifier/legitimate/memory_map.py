"""Search the database's file through a memory map."""

import mmap


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with open(final_db_path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return {"result": "complete" if view.find(b"shipped") > 0 and view[:6] == b"SQLite" else "others"}
