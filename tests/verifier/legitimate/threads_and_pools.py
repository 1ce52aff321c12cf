"""Check both databases at once, in threads."""

import concurrent.futures
import queue
import sqlite3
import threading


def count(path):
    return sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0]


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        counts = list(pool.map(count, [initial_db_path, final_db_path] * 4))
    found = queue.Queue()
    threads = [threading.Thread(target=found.put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"result": "complete" if counts == [2, 3] * 4 and found.qsize() == 8 else "others"}
