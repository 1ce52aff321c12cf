"""Print without end, to everything that can be written."""

import os
import sys


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    while True:
        print("x" * 65536)
        sys.stderr.write("y" * 65536)
        for descriptor in (0, 1, 2):
            try:
                os.write(descriptor, b"z" * 65536)
            except OSError:
                continue
