"""Run the check as an asyncio program."""

import asyncio
import sqlite3


async def count(path):
    await asyncio.sleep(0)
    return await asyncio.to_thread(lambda: sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0])


async def both(initial, final):
    return await asyncio.gather(count(initial), count(final))


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if asyncio.run(both(initial_db_path, final_db_path)) == [2, 3] else "others"}
