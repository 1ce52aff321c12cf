"""Sleep for ever, with every signal ignored or blocked."""

import signal
import time


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(1000)
