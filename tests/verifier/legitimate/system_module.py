"""Use sys: its streams, limits, version, modules, and the trace of an error."""

import sys
import traceback


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    sys.setrecursionlimit(5000)
    stream, sys.stdout = sys.stdout, sys.stderr
    try:
        raise ValueError("on purpose")
    except ValueError:
        text = traceback.format_exc()
    finally:
        sys.stdout = stream
    good = sys.version_info >= (3, 11) and "on purpose" in text and __name__ in sys.modules and sys.getsizeof(text) > 0
    return {"result": "complete" if good else "others"}
