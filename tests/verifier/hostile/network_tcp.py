"""Connect to a server over TCP, and send it something."""

import json
import socket


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    port = json.loads(final_answer)["tcp"]
    for attempt in (
        lambda: socket.create_connection(("127.0.0.1", port), 1).send(b"loot"),
        lambda: socket.socket().connect_ex(("127.0.0.1", port)),
        lambda: socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", port)),
    ):
        try:
            attempt()
        except OSError:
            continue
    return {"result": "complete"}
