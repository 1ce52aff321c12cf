"""Look at the database file itself: its magic, its page size, its hash."""

import hashlib
import struct


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with open(initial_db_path, "rb") as before, open(final_db_path, "rb") as after:
        first, last = before.read(), after.read()
    page_size = struct.unpack(">H", last[16:18])[0]
    differs = hashlib.sha256(first).hexdigest() != hashlib.sha256(last).hexdigest()
    good = last.startswith(b"SQLite format 3\0") and page_size >= 512 and differs
    return {"result": "complete" if good else "others"}
