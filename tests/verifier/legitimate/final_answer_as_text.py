"""Search the final answer with regular expressions."""

import re
import unicodedata


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    text = unicodedata.normalize("NFKC", final_answer or "").strip().casefold()
    found = re.search(r"total is (?P<total>\d+(?:\.\d+)?)", text)
    return {"result": "complete" if found and float(found["total"]) == 42.0 else "others"}
