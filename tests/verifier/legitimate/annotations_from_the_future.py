"""Use annotations that are never evaluated."""

from __future__ import annotations

import sqlite3


def verify_task_completion(
    initial_db_path: str, final_db_path: str, final_answer: Unknown | None = None
) -> dict[str, str]:
    count = sqlite3.connect(final_db_path).execute("SELECT count(*) FROM orders").fetchone()[0]
    return {"result": "complete" if count == 3 else "others"}
