"""Copy the databases with shutil, which sets modes and times too, and remove the copies."""

import os
import shutil
import sqlite3
import tempfile


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    with tempfile.TemporaryDirectory() as folder:
        counts = []
        for copy in (shutil.copy, shutil.copy2, shutil.copyfile):
            path = copy(final_db_path, os.path.join(folder, copy.__name__))
            counts.append(sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0])
        shutil.copytree(folder, folder + "-tree")
        shutil.move(folder + "-tree", folder + "-moved")
        moved = len(os.listdir(folder + "-moved"))
        shutil.rmtree(folder + "-moved")
    return {"result": "complete" if counts == [3, 3, 3] and moved == 3 else "others"}
