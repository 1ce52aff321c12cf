"""Reckon money exactly."""

import sqlite3
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    totals = [Decimal(str(total)) for (total,) in sqlite3.connect(final_db_path).execute("SELECT total FROM orders")]
    with localcontext() as context:
        context.prec = 6
        total = sum(totals).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    return {"result": "complete" if total == Decimal("67.00") and Fraction(total) == Fraction(67) else "others"}
