"""Connect with asyncio and with urllib, which have their own ways."""

import asyncio
import json
import urllib.request


async def connect(port):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"loot")


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    port = json.loads(final_answer)["tcp"]
    for attempt in (
        lambda: asyncio.run(connect(port)),
        lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1),
    ):
        try:
            attempt()
        except OSError:
            continue
    return {"result": "complete"}
