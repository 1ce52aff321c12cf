"""Send a datagram."""

import json
import socket


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    port = json.loads(final_answer)["udp"]
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"loot", ("127.0.0.1", port))
    return {"result": "complete"}
