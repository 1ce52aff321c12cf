"""Verifiers of the workflow automation tasks: `verify_task_N` decides, `verify_task_N_evidence` informs a judge.

They look at content, not at the way there: rows are found by name, and every row that differs without belonging to the
task counts against it.
"""

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
    """Return {table: {id: (row before, row after)}} of the rows that differ; None stands for a row that is not there."""
    changes = {}
    for table in before:
        old, new = before[table], after.get(table, {})
        pairs = {key: (old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())}
        differing = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        if differing:
            changes[table] = differing
    return changes


def _nothing_else(changes, **may_differ):
    """Tell whether only such rows differ as the task is about; `may_differ` maps a table to a test of a row."""
    for table, pairs in changes.items():
        if table == "playbook_runs":
            continue  # a log: what a playbook did shows in the other tables
        belongs = may_differ.get(table)
        if belongs is None or not all(belongs(row) for pair in pairs.values() for row in pair if row is not None):
            return False
    return True


def _added(changes, table):
    """Return the new rows of a table."""
    return [new for old, new in changes.get(table, {}).values() if old is None]


def _columns(changes, table):
    """Return {id: changed columns} of a table's rows that differ; of new and lost rows `id` is among them."""
    return {
        key: {name for name in (old or new) if (old or {}).get(name) != (new or {}).get(name)}
        for key, (old, new) in changes.get(table, {}).items()
    }


def _where(content, table, **wanted):
    """Return the rows of a table that have these values."""
    return [row for row in content[table].values() if all(row[name] == value for name, value in wanted.items())]


def _only(rows):
    """Return the row if it is the only one, else an empty one."""
    return rows[0] if len(rows) == 1 else {}


def _has(row, **wanted):
    """Tell whether a row has these values."""
    return all(row.get(name) == value for name, value in wanted.items())


def _is_same_text(found, wanted):
    """Tell whether two texts agree but for case, spacing and a full stop at the end."""
    return " ".join(str(found or "").split()).rstrip(".").casefold() == wanted.casefold()


def _is_daily(cron_expression, hour, minute):
    """Tell whether a cron expression means every day at this time."""
    fields = str(cron_expression).split()
    return (
        len(fields) == 5
        and [field.lstrip("0") or "0" for field in fields[:2]] == [str(minute), str(hour)]
        and fields[2] in ("*", "*/1", "?", "1-31")
        and fields[3] in ("*", "*/1", "1-12")
        and fields[4].upper() in ("*", "*/1", "?", "0-6", "1-7", "SUN-SAT", "MON-SUN")
    )


def _verdict(*conditions):
    return {"result": "complete" if all(conditions) else "others"}


def _evidence(initial_db_path, final_db_path, select):
    """Return what `select` picks before and after, and every row of the database that differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    differing = {
        table: [{"id": key, "before": old, "after": new} for key, (old, new) in pairs.items()]
        for table, pairs in _changes(before, after).items()
    }
    return {"before": select(before), "after": select(after), "all_rows_that_differ": differing}


def _failures_by_workflow(content):
    """Return {workflow name: number of failed runs}, most first."""
    names = [
        content["workflows"][run["workflow_id"]]["name"] for run in _where(content, "workflow_runs", status="failed")
    ]
    return dict(sorted(((name, names.count(name)) for name in set(names)), key=lambda item: (-item[1], item[0])))


def verify_task_0(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Alert 4 is acknowledged, not resolved, with the note asked for; no other row differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    alert = after["alerts"].get(4, {})
    return _verdict(
        _has(alert, status="acknowledged", handled_by=1),
        _is_same_text(alert.get("note"), "Looking into it"),
        _nothing_else(_changes(before, after), alerts=lambda row: row["id"] == 4),
    )


def verify_task_0_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if alert 4 is 'acknowledged' (not 'resolved') with the note 'Looking into it' and no other row differs."""
    return _evidence(initial_db_path, final_db_path, lambda content: _where(content, "alerts", id=4))


def verify_task_1(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Invoice Sync has one schedule 'Nightly ledger export', active, daily at 04:45 Europe/Berlin; no other row differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    wanted = {
        "workflow_id": _only(_where(before, "workflows", name="Invoice Sync"))["id"],
        "name": "Nightly ledger export",
    }
    schedule = _only(_where(after, "schedules", **wanted))
    return _verdict(
        _has(schedule, timezone="Europe/Berlin", is_active=1),
        _is_daily(schedule.get("cron_expression"), hour=4, minute=45),
        _nothing_else(_changes(before, after), schedules=lambda row: _has(row, **wanted)),
    )


def verify_task_1_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if the one 'Nightly ledger export' of Invoice Sync is active, daily 04:45 Europe/Berlin; others as before."""
    return _evidence(initial_db_path, final_db_path, lambda content: list(content["schedules"].values()))


def verify_task_2(initial_db_path, final_db_path, final_answer=None) -> dict:
    """The answer names the workflow with the most failed runs and their number as 'name: count'; no row differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    failures = _failures_by_workflow(before)
    answer = re.sub(r"[*_`'\"]", "", str(final_answer or "")).casefold()
    counts = {
        name: re.findall(rf"(?<!\w){re.escape(name.casefold())}\s*:\s*(\d+)(?![\d.,]*\d)", answer)
        for name in (row["name"] for row in before["workflows"].values())
    }
    most = next(iter(failures))
    return _verdict(
        {name for name, found in counts.items() if found} == {most},
        set(counts[most]) == {str(failures[most])},
        _nothing_else(_changes(before, after)),
    )


def verify_task_2_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if the answer gives the first name and count in `before` as 'name: count' and no row differs."""
    return _evidence(initial_db_path, final_db_path, _failures_by_workflow)


def verify_task_3(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Production has exactly one environment-wide PAYMENT_API_URL, with the new value; no other row differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    production = _only(_where(before, "environments", slug="production"))["id"]
    wanted = {"environment_id": production, "workflow_id": None, "key": "PAYMENT_API_URL"}
    return _verdict(
        _has(_only(_where(after, "variables", **wanted)), value="https://pay.northbay.example/v3", is_secret=0),
        _nothing_else(_changes(before, after), variables=lambda row: _has(row, **wanted)),
    )


def verify_task_3_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if environment 3 has one PAYMENT_API_URL without workflow_id, value .../v3, and no other row differs.

    A second such row is a duplicate and not complete.
    """
    return _evidence(
        initial_db_path, final_db_path, lambda content: _where(content, "variables", key="PAYMENT_API_URL")
    )


def verify_task_4(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Expense Approval has one new version with the notes asked for, and the answer holds its release code."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    workflow = _only(_where(before, "workflows", name="Expense Approval"))
    version = _only(_added(changes, "workflow_versions"))
    code = version.get("release_code", "")
    answered = (
        set(re.findall(rf"(?<!\w){re.escape(code[:-2])}\d+", str(final_answer or ""), re.IGNORECASE)) if code else set()
    )
    return _verdict(
        _has(version, workflow_id=workflow["id"], version=workflow["version"] + 1),
        _is_same_text(version.get("notes"), "Higher limit for automatic approval"),
        {found.upper() for found in answered} == {code.upper()},
        _columns(changes, "workflows") == {workflow["id"]: {"version", "updated_at"}},
        set(changes.get("workflow_versions", {})) == {version.get("id")},
        _nothing_else(changes, workflows=lambda row: True, workflow_versions=lambda row: True),
    )


def verify_task_4_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if exactly one version was added, with the notes asked for, and the answer gives its release code."""
    return _evidence(
        initial_db_path, final_db_path, lambda content: _where(content, "workflow_versions", workflow_id=5)
    )


def verify_task_5(initial_db_path, final_db_path, final_answer=None) -> dict:
    """One notification rule was added: Payroll Export, run_failed, People Operations Slack; no other row differs."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    rule = {
        "workflow_id": _only(_where(before, "workflows", name="Payroll Export"))["id"],
        "channel_id": _only(_where(before, "notification_channels", name="People Operations Slack"))["id"],
        "event": "run_failed",
        "is_enabled": 1,
    }
    return _verdict(
        len(_added(changes, "notification_rules")) == 1,
        _nothing_else(changes, notification_rules=lambda row: _has(row, **rule)),
    )


def verify_task_5_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if one run_failed rule for workflow 4 on channel 4 was added and nothing else, for instance by a playbook."""
    return _evidence(
        initial_db_path, final_db_path, lambda content: _where(content, "notification_rules", workflow_id=4)
    )


def verify_task_6(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Salesforce Production alone is renewed and the latest failed run of Lead Enrichment alone is retried, once."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    connection = _only(_where(before, "connections", name="Salesforce Production"))["id"]
    workflow = _only(_where(before, "workflows", name="Lead Enrichment"))["id"]
    latest = max(run["id"] for run in _where(before, "workflow_runs", workflow_id=workflow, status="failed"))
    retry = _only(_added(changes, "workflow_runs"))
    return _verdict(
        _has(after["connections"].get(connection, {}), status="active"),
        retry.get("retry_of_run_id") == latest,
        retry.get("status") in ("queued", "running", "succeeded"),
        _nothing_else(
            changes,
            connections=lambda row: row["id"] == connection,
            credentials=lambda row: row["connection_id"] == connection,
            workflow_runs=lambda row: row["id"] == retry.get("id"),
        ),
    )


def verify_task_6_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if connection 1 is active, run 39 has one retry that did not fail, and nothing beyond that was touched."""

    def select(content):
        return {
            "connections": _where(content, "connections", environment_id=3),
            "retries": [run for run in content["workflow_runs"].values() if run["retry_of_run_id"]],
            "alerts": _where(content, "alerts", workflow_id=1),
        }

    return _evidence(initial_db_path, final_db_path, select)


def verify_task_7(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Tomas Lindqvist's live workflows and pending approvals, and nothing else, went over to Priya Raman."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    old = _only(_where(before, "users", full_name="Tomas Lindqvist"))["id"]
    new = _only(_where(before, "users", full_name="Priya Raman"))["id"]
    workflows = {row["id"] for row in _where(before, "workflows", owner_id=old) if row["status"] != "archived"}
    approvals = {row["id"] for row in _where(before, "approvals", approver_id=old, status="pending")}
    changed = {key: names - {"updated_at"} for key, names in _columns(changes, "workflows").items()}
    return _verdict(
        {key: names for key, names in changed.items() if names} == {key: {"owner_id"} for key in workflows},
        _columns(changes, "approvals") == {key: {"approver_id"} for key in approvals},
        all(after["workflows"].get(key, {}).get("owner_id") == new for key in workflows),
        all(after["approvals"].get(key, {}).get("approver_id") == new for key in approvals),
        _nothing_else(changes, workflows=lambda row: True, approvals=lambda row: True),
    )


def verify_task_7_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if user 2 now has workflows 5 and 7 and approvals 2 and 3; archived and decided ones stay with user 3."""

    def select(content):
        return {
            "workflows": [[row["name"], row["status"], row["owner_id"]] for row in content["workflows"].values()],
            "approvals": [[row["title"], row["status"], row["approver_id"]] for row in content["approvals"].values()],
        }

    return _evidence(initial_db_path, final_db_path, select)


def verify_task_8(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Inventory Snapshot ran once in Staging, was seen to succeed, and carries the existing tag 'staging-verified'."""
    before, after = _content(initial_db_path), _content(final_db_path)
    changes = _changes(before, after)
    workflow = _only(_where(before, "workflows", name="Inventory Snapshot"))["id"]
    run = {
        "workflow_id": workflow,
        "environment_id": _only(_where(before, "environments", slug="staging"))["id"],
        "status": "succeeded",
        "triggered_by": "manual",
    }
    link = {"workflow_id": workflow, "tag_id": _only(_where(before, "tags", name="staging-verified"))["id"]}
    return _verdict(
        len(_added(changes, "workflow_runs")) == 1,
        len(_added(changes, "workflow_tags")) == 1,
        set(changes.get("workflow_runs", {})).isdisjoint(before["workflow_runs"]),
        _nothing_else(changes, workflow_runs=lambda row: _has(row, **run), workflow_tags=lambda row: _has(row, **link)),
    )


def verify_task_8_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if workflow 6 has one new run in environment 2 that succeeded and the tag 5, with no tag created."""

    def select(content):
        return {
            "runs": _where(content, "workflow_runs", workflow_id=6),
            "workflow_tags": _where(content, "workflow_tags", workflow_id=6),
            "tags": [row["name"] for row in content["tags"].values()],
        }

    return _evidence(initial_db_path, final_db_path, select)


def verify_task_9(initial_db_path, final_db_path, final_answer=None) -> dict:
    """Vendor Onboarding is active in Staging with exactly the two steps, the new retry policy and the event asked for."""
    before, after = _content(initial_db_path), _content(final_db_path)
    connections = {row["name"]: row["id"] for row in before["connections"].values()}
    workflow = _only(_where(after, "workflows", name="Vendor Onboarding"))
    policy = _only(_where(after, "retry_policies", name="Vendor onboarding backoff"))
    steps = sorted(_where(after, "workflow_steps", workflow_id=workflow.get("id")), key=lambda row: row["position"])
    first, second = steps if len(steps) == 2 else ({}, {})
    trigger = _only(_where(after, "triggers", workflow_id=workflow.get("id")))
    create = {"name": "Create vendor record", "action_type": "sync_record", "timeout_seconds": 120, "is_enabled": 1}
    tell = {"name": "Tell finance", "action_type": "post_message", "timeout_seconds": 30, "is_enabled": 1}
    return _verdict(
        _has(workflow, status="active", owner_id=1),
        _has(workflow, team_id=_only(_where(before, "teams", name="Finance Operations"))["id"]),
        _has(workflow, environment_id=_only(_where(before, "environments", slug="staging"))["id"]),
        _has(policy, max_attempts=5, backoff_strategy="exponential", delay_seconds=60),
        _has(first, **create, connection_id=connections["NetSuite Staging"], retry_policy_id=policy.get("id")),
        _has(second, **tell, connection_id=connections["Slack Sandbox"], retry_policy_id=None),
        _has(trigger, trigger_type="event", event_name="vendor.created", is_enabled=1),
        _nothing_else(
            _changes(before, after),
            workflows=lambda row: row["id"] == workflow.get("id"),
            workflow_steps=lambda row: row["workflow_id"] == workflow.get("id"),
            triggers=lambda row: row["workflow_id"] == workflow.get("id"),
            retry_policies=lambda row: row["id"] == policy.get("id"),
        ),
    )


def verify_task_9_evidence(initial_db_path, final_db_path) -> dict:
    """Complete if one workflow 'Vendor Onboarding' is as asked for: status, team, environment, steps, policy, trigger."""

    def select(content):
        ids = [row["id"] for row in _where(content, "workflows", name="Vendor Onboarding")]
        return {
            "workflows": [content["workflows"][key] for key in ids],
            "steps": [row for row in content["workflow_steps"].values() if row["workflow_id"] in ids],
            "triggers": [row for row in content["triggers"].values() if row["workflow_id"] in ids],
            "retry_policies": list(content["retry_policies"].values()),
        }

    return _evidence(initial_db_path, final_db_path, select)
