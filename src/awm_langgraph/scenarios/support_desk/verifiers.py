"""Verifiers of the support desk tasks: `verify_task_N` decides, `verify_task_N_evidence` informs a judge."""

import re
import sqlite3
from contextlib import closing
from urllib.parse import quote


def _content(path):
    """Return {table: {id: row}} of a whole database, opened read-only."""
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        names = [row["name"] for row in found]
        return {name: {row["id"]: dict(row) for row in database.execute(f'SELECT * FROM "{name}"')} for name in names}


def _changes(before, after):
    """Return {(table, id): (changed columns, row after)} of the rows that differ; `id` is among a new row's columns."""
    changes = {}
    for table in before:
        for key in sorted(before[table].keys() | after[table].keys()):
            old, new = before[table].get(key, {}), after[table].get(key, {})
            columns = {name for name in old or new if old.get(name) != new.get(name)} - {"updated_at"}
            if columns:
                changes[table, key] = (columns, new)
    return changes


def _new(changes, table):
    """Return the only new row of a table, else an empty one."""
    rows = [row for (changed, _), (columns, row) in changes.items() if changed == table and row and "id" in columns]
    return rows[0] if len(rows) == 1 else {}


def _has(row, **wanted):
    """Tell whether a row has these values; texts may differ in case, spacing and a full stop at the end."""
    return all(_plain(row.get(name)) == _plain(value) for name, value in wanted.items())


def _plain(value):
    return " ".join(value.split()).rstrip(".").casefold() if isinstance(value, str) else value


def _id(content, table, **wanted):
    return next(row["id"] for row in content[table].values() if _has(row, **wanted))


def _verdict(*conditions):
    return {"result": "complete" if all(conditions) else "others"}


def _evidence(initial_db_path, final_db_path, select):
    """Return what `select` picks before and after, and the columns of every row that differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    differing = [
        {"table": table, "id": key, "columns": sorted(columns), "after": row}
        for (table, key), (columns, row) in _changes(before, after).items()
    ]
    return {"before": select(before), "after": select(after), "all_rows_that_differ": differing}


def _ticket(content, key):
    """Return a ticket and its comments."""
    comments = [row for row in content["comments"].values() if row["ticket_id"] == key]
    return {"ticket": content["tickets"].get(key), "comments": comments}


def _open_tickets(content, company):
    """Return the open tickets of a company's customers."""
    customers = {row["id"] for row in content["customers"].values() if row["company"] == company}
    return [row for row in content["tickets"].values() if row["customer_id"] in customers and row["status"] == "open"]


def verify_task_0(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Ticket 7 has the priority urgent and nothing else differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    return _verdict(
        _has(after["tickets"].get(7, {}), priority="urgent"),
        {key: columns for key, (columns, _) in _changes(before, after).items()} == {("tickets", 7): {"priority"}},
    )


def verify_task_0_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if ticket 7 is urgent and no other value differs."""
    return _evidence(initial_db_path, final_db_path, lambda content: _ticket(content, 7))


def verify_task_1(initial_db_path, final_db_path, final_answer=None) -> dict:
    """The answer is the number of open tickets of Harbor Bakery's customers, and nothing differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    numbers = re.findall(r"\d+", str(final_answer or ""))
    return _verdict(numbers == [str(len(_open_tickets(before, "Harbor Bakery")))], not _changes(before, after))


def verify_task_1_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if the answer is the number of tickets listed in `before` and nothing differs."""
    return _evidence(initial_db_path, final_db_path, lambda content: _open_tickets(content, "Harbor Bakery"))


def verify_task_2(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Ingrid Solberg's unsolved ticket about the blank invoice has the internal comment; no ticket was opened."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    customer = _id(before, "customers", full_name="Ingrid Solberg")
    ticket = _id(before, "tickets", customer_id=customer, subject="Downloaded invoice is a blank page")
    comment = _new(changes, "comments")
    return _verdict(
        _has(comment, ticket_id=ticket, is_internal=1, body="Customer called, problem persists"),
        set(changes) == {("comments", comment.get("id"))},
    )


def verify_task_2_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if ticket 5 has the internal comment asked for; a second ticket for customer 1 is a duplicate."""

    def select(content):
        tickets = [key for key, row in content["tickets"].items() if row["customer_id"] == 1]
        return [_ticket(content, key) for key in tickets]

    return _evidence(initial_db_path, final_db_path, select)


def verify_task_3(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Ticket 12 is pending, its priority as before, with one new public comment of the text asked for."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    comment = _new(changes, "comments")
    return _verdict(
        _has(comment, ticket_id=12, is_internal=0),
        comment.get("body", "").strip() == "Your order was sent again today.",
        _has(after["tickets"].get(12, {}), status="pending"),
        changes.get(("tickets", 12), (None,))[0] == {"status"},
        set(changes) == {("tickets", 12), ("comments", comment.get("id"))},
    )


def verify_task_3_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if ticket 12 is pending, still high, with the one public comment; a macro's text or status is wrong."""
    return _evidence(initial_db_path, final_db_path, lambda content: _ticket(content, 12))


def verify_task_4(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Bruno Keller has one new ticket as asked for, assigned to Noor Haddad, with the internal comment."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    ticket, comment = _new(changes, "tickets"), _new(changes, "comments")
    return _verdict(
        _has(ticket, subject="Copies of last year's invoices", priority="high", status="open"),
        _has(ticket, customer_id=_id(before, "customers", full_name="Bruno Keller")),
        _has(ticket, queue_id=_id(before, "queues", name="Billing")),
        _has(ticket, assignee_id=_id(before, "agents", full_name="Noor Haddad")),
        _has(comment, ticket_id=ticket.get("id"), is_internal=1, body="Needed for a tax audit"),
        set(changes) == {("tickets", ticket.get("id")), ("comments", comment.get("id"))},
    )


def verify_task_4_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if customer 2 has one new ticket in queue 1, high, assigned to agent 2, with the internal comment."""

    def select(content):
        tickets = [key for key, row in content["tickets"].items() if row["customer_id"] == 2]
        return [_ticket(content, key) for key in tickets]

    return _evidence(initial_db_path, final_db_path, select)
