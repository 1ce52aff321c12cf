"""Log to the standard error stream, to a file and to a stream in memory."""

import io
import logging
import os
import sqlite3

logging.basicConfig(level=logging.DEBUG)
logger = logging.getLogger(__name__)


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    stream = io.StringIO()
    logger.addHandler(logging.StreamHandler(stream))
    logger.addHandler(logging.FileHandler("check.log"))
    logger.info("orders: %s", sqlite3.connect(final_db_path).execute("SELECT count(*) FROM orders").fetchone()[0])
    logger.warning("done")
    return {"result": "complete" if "orders: 3" in stream.getvalue() and os.path.getsize("check.log") else "others"}
