"""Write into a file of its own through a memory map, and flush it."""

import mmap
import tempfile


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with tempfile.TemporaryFile() as file:
        file.truncate(mmap.PAGESIZE)
        with mmap.mmap(file.fileno(), mmap.PAGESIZE) as view:
            view[:5] = b"hello"
            view.flush()
        return {"result": "complete" if file.read(5) == b"hello" else "others"}
