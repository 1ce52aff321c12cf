"""Work in the thread pool of multiprocessing, with its locks, queues and conditions."""

import multiprocessing
import sqlite3
import threading
from multiprocessing.pool import ThreadPool


def count(path):
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with ThreadPool(2) as pool:
        counts = pool.map(count, [initial_db_path, final_db_path])
    lock, again, event, queue = multiprocessing.Lock(), multiprocessing.RLock(), multiprocessing.Event(), multiprocessing.Queue()
    with lock, again, again:
        refused = lock.acquire(block=False)
    waiting = threading.Thread(target=lambda: (event.wait(10), queue.put("done")))
    waiting.start()
    event.set()
    waiting.join()
    good = counts == [2, 3] and not refused and queue.get(timeout=10) == "done"
    return {"result": "complete" if good else "others"}
