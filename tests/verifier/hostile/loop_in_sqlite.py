"""Never end, inside a query."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    return {"result": sqlite3.connect(final_db_path).execute(endless).fetchone()}
