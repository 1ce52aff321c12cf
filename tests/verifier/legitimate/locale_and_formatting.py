"""Set the locale that the system has, and format numbers and dates."""

import calendar
import datetime
import locale
import string


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    locale.setlocale(locale.LC_ALL, "")
    text = string.Template("$name owes ${amount}").substitute(name="Ada", amount=f"{1234.5:,.2f}")
    leap = calendar.isleap(2024) and datetime.date(2024, 2, 29).strftime("%Y-%m-%d") == "2024-02-29"
    return {"result": "complete" if text == "Ada owes 1,234.50" and leap else "others"}
