"""Handle paths with pathlib, and write and read a report beside the databases."""

import json
import sqlite3
from pathlib import Path


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    final = Path(final_db_path).resolve(strict=True)
    report = Path("reports") / "today.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    rows = sqlite3.connect(final).execute("SELECT count(*) FROM orders").fetchone()
    report.write_text(json.dumps({"rows": rows[0]}), encoding="utf-8")
    read = json.loads(report.read_text(encoding="utf-8"))
    listed = [path.name for path in Path("reports").glob("*.json")]
    report.unlink()
    report.parent.rmdir()
    return {"result": "complete" if read == {"rows": 3} and listed == ["today.json"] else "others"}
