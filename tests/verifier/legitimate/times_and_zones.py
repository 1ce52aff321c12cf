"""Reckon with time zones, leap days and summer time."""

import datetime
import sqlite3
import time
import zoneinfo


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    text = sqlite3.connect(final_db_path).execute("SELECT placed_at FROM orders WHERE id = 3").fetchone()[0]
    placed = datetime.datetime.fromisoformat(text)
    berlin = placed.astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
    summer = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset()
    good = berlin.hour == 10 and summer == datetime.timedelta(hours=-4) and placed.date() > datetime.date(2024, 2, 29)
    return {"result": "complete" if good and time.localtime().tm_year >= 2024 else "others"}
