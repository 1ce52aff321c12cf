"""Import modules for networks and processes, as generated code often does, and use them for texts only."""

import http.client
import multiprocessing
import os
import platform
import socket
import ssl
import subprocess
import urllib.request
from urllib.parse import parse_qs, urlparse


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    address = urlparse("https://example.org/orders?id=3")
    names = [platform.system(), platform.python_version(), socket.gethostname(), str(os.cpu_count())]
    known = [
        http.client.OK == 200,
        multiprocessing.cpu_count() > 0,
        ssl.OPENSSL_VERSION,
        subprocess.DEVNULL,
        urllib.request.Request,
    ]
    return {
        "result": "complete" if parse_qs(address.query) == {"id": ["3"]} and all(names) and all(known) else "others"
    }
