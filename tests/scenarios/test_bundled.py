"""The bundled scenarios as a user gets them: loadable, solvable, and not to be passed by a shortcut.

An app is our own code but generated in style: it is built in a child process only, one for all calls of a scenario.
"""

from __future__ import annotations

import json
import re
import runpy
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import awm_langgraph
from awm_langgraph.catalog.scenario import VerifierMode
from awm_langgraph.catalog.statements import split
from awm_langgraph.catalog.verifier_module import verifier_of

FOLDER = Path(awm_langgraph.__file__).parent / "scenarios"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/app.py"))
TASKS = {name: tomllib.loads((FOLDER / name / "tasks.toml").read_text(encoding="utf-8"))["tasks"] for name in NAMES}
EVERY_TASK = [(name, task_idx) for name in NAMES for task_idx in range(len(TASKS[name]))]
ONLY_ASKING = [("support_desk", 1), ("workflow_automation", 2)]
WRITING = [task for task in EVERY_TASK if task not in ONLY_ASKING]

# Reads {"app", "template", "working", "jobs": {name: {"calls", "final"}}}; answers what the app offers and returned.
DRIVER = """
import asyncio, json, re, runpy, shutil, sys
import httpx

order = json.load(sys.stdin)
scenario = runpy.run_path(order["app"], run_name="scenario")
api = scenario["app"].openapi()
routes = [(method, path, op) for path, item in api["paths"].items() for method, op in item.items()]
operations = {op["operationId"]: (method, path, op) for method, path, op in routes}

async def perform(client, call):
    method, path, operation = operations[call["tool"]]
    rest, query = dict(call["arguments"]), {}
    for parameter in operation.get("parameters", []):
        if parameter["name"] in rest:
            value = rest.pop(parameter["name"])
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", str(value))
            else:
                query[parameter["name"]] = value
    answer = await client.request(method, path, params=query, json=rest or None)
    return [answer.status_code, answer.text]

async def main():
    transport = httpx.ASGITransport(app=scenario["app"], raise_app_exceptions=False)
    answers = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://scenario") as client:
        for name, job in order["jobs"].items():
            scenario["engine"].dispose()
            shutil.copyfile(order["template"], order["working"])
            answers[name] = [await perform(client, call) for call in job["calls"]]
            scenario["engine"].dispose()
            shutil.copyfile(order["working"], job["final"])
    return answers

def parameters(operation):
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = api["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    given = {p["name"]: p.get("description") for p in operation.get("parameters", [])}
    return given | {name: p.get("description") for name, p in model.get("properties", {}).items()}

tables = scenario["Base"].metadata.tables
json.dump({
    "answers": asyncio.run(main()),
    "ids": [op["operationId"] for _, _, op in routes],
    "operations": {name: op for name, (_, _, op) in operations.items()},
    "parameters": {name: parameters(op) for name, (_, _, op) in operations.items()},
    "columns": {name: [[c.name, c.nullable] for c in table.columns] for name, table in tables.items()},
}, sys.stdout)
"""


class Way(NamedTuple):
    """A way through a task: the first so many reference calls, then calls of its own, then an answer."""

    about: str
    scenario: str
    task_idx: int
    reference_calls: int = 0
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    answer: str | None = None

    def all_calls(self) -> list[dict[str, Any]]:
        own = [{"tool": tool, "arguments": arguments} for tool, arguments in self.calls]
        return [*TASKS[self.scenario][self.task_idx]["calls"][: self.reference_calls], *own]

    def final_answer(self) -> str:
        return str(TASKS[self.scenario][self.task_idx]["final_answer"]) if self.answer is None else self.answer


FLOW, DESK = "workflow_automation", "support_desk"
LEDGER = {"workflow_id": 3, "name": "Nightly ledger export", "cron_expression": "45 4 * * *"}
PAYMENT = {"environment_id": 3, "key": "PAYMENT_API_URL", "value": "https://pay.northbay.example/v3"}
PAYROLL_FAILS = {"workflow_id": 4, "event": "run_failed"}
WRONG_WAYS = [
    Way("alert resolved", FLOW, 0, 0, (("resolve_alert", {"alert_id": 4, "note": "Looking into it"}),)),
    Way("other note", FLOW, 0, 0, (("acknowledge_alert", {"alert_id": 4, "note": "Not looking into it"}),)),
    Way("second schedule", FLOW, 1, 0, (("create_schedule", LEDGER | {"timezone": "Europe/Berlin"}),)),
    Way("time zone kept", FLOW, 1, 0, (("update_schedule", {"schedule_id": 3, "cron_expression": "45 4 * * *"}),)),
    Way("first page only", FLOW, 2, 1, answer="Lead Enrichment: 4"),
    Way("wrong count", FLOW, 2, 3, answer="Customer Onboarding: 17"),
    Way("several workflows answered", FLOW, 2, 3, answer="Customer Onboarding: 7\nLead Enrichment: 5"),
    Way("answered and paused", FLOW, 2, 3, (("set_workflow_status", {"workflow_id": 2, "status": "paused"}),)),
    Way("duplicate variable", FLOW, 3, 0, (("create_variable", PAYMENT),)),
    Way("duplicate beside the updated variable", FLOW, 3, 3, (("create_variable", PAYMENT),)),
    Way("override changed", FLOW, 3, 0, (("update_variable", {"variable_id": 3, "value": PAYMENT["value"]}),)),
    Way("published, not read back", FLOW, 4, 2, answer="The release code is EA-04-27."),
    Way("guessed codes", FLOW, 4, 3, answer=" ".join(f"EA-05-{number:02d}" for number in range(100))),
    Way("published twice", FLOW, 4, 3, (("publish_workflow", {"workflow_id": 5, "notes": "again"}),)),
    Way("playbook for notifications", FLOW, 5, 3, (("run_playbook", {"playbook_id": 1, "workflow_id": 4}),)),
    Way("wrong channel", FLOW, 5, 3, (("create_notification_rule", PAYROLL_FAILS | {"channel_id": 3}),)),
    Way("wrong channel too", FLOW, 5, 4, (("create_notification_rule", PAYROLL_FAILS | {"channel_id": 3}),)),
    Way("playbook for recovery", FLOW, 6, 2, (("run_playbook", {"playbook_id": 2, "workflow_id": 1}),)),
    Way("all failed runs retried", FLOW, 6, 5, (("retry_run", {"run_id": 33}),)),
    Way("retried before reauthorized", FLOW, 6, 0, (
        ("retry_run", {"run_id": 39}), ("get_run_status", {"run_id": 41}), ("get_run_status", {"run_id": 41}),
        ("reauthorize_connection", {"connection_id": 1}),
    )),
    Way("archived workflow handed over", FLOW, 7, 7, (("update_workflow", {"workflow_id": 10, "owner_id": 2}),)),
    Way("decided approval handed over", FLOW, 7, 7, (("reassign_approval", {"approval_id": 1, "approver_id": 2}),)),
    Way("approval decided", FLOW, 7, 7, (("decide_approval", {"approval_id": 2, "decision": "approved"}),)),
    Way("not waited for", FLOW, 8, 4, (("tag_workflow", {"workflow_id": 6, "tag_id": 5}),)),
    Way("ran in production", FLOW, 8, 2, (
        ("start_run", {"workflow_id": 6}), ("get_run_status", {"run_id": 41}), ("get_run_status", {"run_id": 41}),
        ("tag_workflow", {"workflow_id": 6, "tag_id": 5}),
    )),
    Way("duplicate tag", FLOW, 8, 6, (
        ("create_tag", {"name": "staging-verified"}), ("tag_workflow", {"workflow_id": 6, "tag_id": 8}),
    )),
    Way("from a template", FLOW, 9, 3, (
        ("create_workflow_from_template", {"template_id": 1, "name": "Vendor Onboarding", "team_id": 2}),
    )),
    Way("template applied on top", FLOW, 9, 9, (("apply_playbook_template", {"workflow_id": 13, "template_id": 1}),)),
    Way("left as a draft", FLOW, 9, 8),
    Way("wrong ticket too", DESK, 0, 1, (("update_ticket", {"ticket_id": 8, "priority": "urgent"}),)),
    Way("one customer forgotten", DESK, 1, 2, answer="2"),
    Way("duplicate ticket", DESK, 2, 1, (
        ("create_ticket", {"customer_id": 1, "queue_id": 3, "subject": "Downloaded invoice is a blank page"}),
        ("add_comment", {"ticket_id": 14, "body": "Customer called, problem persists", "is_internal": True}),
    )),
    Way("macro", DESK, 3, 1, (("apply_macro", {"ticket_id": 12, "macro_id": 1}),)),
    Way("wrong Noor", DESK, 4, 6, (("assign_ticket", {"ticket_id": 14, "agent_id": 3}),)),
]  # fmt: skip
OTHER_RIGHT_WAYS = [
    Way("day of week spelled out", FLOW, 1, 0, (
        ("update_schedule", {"schedule_id": 3, "cron_expression": "45 04 * * 0-6", "timezone": "Europe/Berlin"}),
    )),
    Way("answer in bold", FLOW, 2, 3, answer="**Customer Onboarding**: 7"),
    Way("variable replaced", FLOW, 3, 2, (("delete_variable", {"variable_id": 5}), ("create_variable", PAYMENT))),
    Way("answer in a sentence", FLOW, 4, 3, answer="Version 5 replaces EA-04-27; its code is `EA-05-12`."),
    Way("wrong rule taken back", FLOW, 5, 3, (
        ("create_notification_rule", PAYROLL_FAILS | {"channel_id": 3}),
        ("create_notification_rule", PAYROLL_FAILS | {"channel_id": 4}),
        ("delete_notification_rule", {"rule_id": 8}),
    )),
    Way("retry waited for", FLOW, 6, 5, (("get_run_status", {"run_id": 41}), ("get_run_status", {"run_id": 41}))),
    Way("activated first", FLOW, 9, 5, (
        ("set_workflow_status", {"workflow_id": 13, "status": "active"}),
        *((call["tool"], call["arguments"]) for call in TASKS[FLOW][9]["calls"][5:8]),
    )),
    Way("status and reply swapped", DESK, 3, 0, (
        ("update_ticket", {"ticket_id": 12, "status": "pending"}),
        ("add_comment", {"ticket_id": 12, "body": "Your order was sent again today.", "is_internal": False}),
    )),
]  # fmt: skip
TOURS = [  # calls for the tools that no way above takes
    Way("tour", FLOW, 0, 0, (
        ("list_team_members", {"team_id": 2}),
        ("update_workflow_step", {"step_id": 1, "timeout_seconds": 80}),
        ("delete_workflow_step", {"step_id": 26}),
        ("list_triggers", {"workflow_id": 6}),
        ("delete_schedule", {"schedule_id": 4}),
        ("list_webhooks", {"workflow_id": 9}),
        ("get_connection", {"connection_id": 1}),
        ("start_run", {"workflow_id": 3}),
        ("cancel_run", {"run_id": 41}),
        ("list_run_logs", {"run_id": 39}),
        ("untag_workflow", {"workflow_id": 3, "tag_id": 4}),
        ("list_retry_policies", {}),
        ("list_alerts", {"status": "open", "severity": "warning"}),
        ("list_workflow_templates", {}),
        ("list_playbooks", {}),
        *(("run_playbook", {"playbook_id": number, "workflow_id": 7}) for number in range(1, 5)),
    )),
    Way("tour", DESK, 0, 0, (("list_macros", {}), ("merge_ticket", {"ticket_id": 3, "into_ticket_id": 8}))),
]  # fmt: skip
LOOK_UPS_THAT_FAIL = {FLOW: ("get_workflow", {"workflow_id": 999}), DESK: ("get_ticket", {"ticket_id": 999})}


def reference(name: str, task_idx: int) -> Way:
    return Way("reference", name, task_idx, len(TASKS[name][task_idx]["calls"]))


def ways_of(name: str) -> list[Way]:
    references = [reference(name, task_idx) for task_idx in range(len(TASKS[name]))]
    return references + [way for way in [*WRONG_WAYS, *OTHER_RIGHT_WAYS, *TOURS] if way.scenario == name]


class Played(NamedTuple):
    """A scenario whose ways were all gone: what the child said, and where the databases are."""

    said: dict[str, Any]
    initial: Path
    folder: Path

    def final(self, way: Way) -> Path:
        return self.folder / f"{way.task_idx} {way.about}.db"

    def answers(self, way: Way) -> list[tuple[int, Any]]:
        return [(status, json.loads(text)) for status, text in self.said["answers"][self.final(way).stem]]


def statements(name: str) -> Iterator[str]:
    for file in ("schema.sql", "seed.sql"):
        yield from split((FOLDER / name / file).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    return {name: play(name, tmp_path_factory.mktemp(name)) for name in NAMES}


def play(name: str, folder: Path) -> Played:
    template = folder / "template.db"
    with closing(sqlite3.connect(template, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        for statement in statements(name):
            database.execute(statement)
    played = Played({}, template, folder)
    jobs = {
        played.final(way).stem: {"calls": way.all_calls(), "final": str(played.final(way))} for way in ways_of(name)
    }
    tool, arguments = LOOK_UPS_THAT_FAIL[name]
    jobs["failing"] = {"calls": [{"tool": tool, "arguments": arguments}], "final": str(folder / "failing.db")}
    order = {"app": str(FOLDER / name / "app.py"), "template": str(template), "working": str(folder / "working.db")}
    child = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps(order | {"jobs": jobs}),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"DATABASE_PATH": f"sqlite:///{folder / 'working.db'}"},
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return played._replace(said=json.loads(child.stdout))


def verify(way: Way, mode: VerifierMode, initial: Path, final: Path, answer: str, folder: Path) -> dict[str, Any]:
    """Run a verifier the way the catalog hands it out: cut down to its own task."""
    module = (FOLDER / way.scenario / "verifiers.py").read_text(encoding="utf-8")
    source = verifier_of(module, way.task_idx, mode)
    assert source is not None
    file = folder / "verifier.py"
    file.write_text(source.code, encoding="utf-8")
    function = runpy.run_path(str(file))[source.function_name]
    arguments = (str(initial), str(final), *((answer,) if mode == "code" else ()))
    return dict(function(*arguments))


def result(way: Way, played: Played, folder: Path) -> Any:
    return verify(way, "code", played.initial, played.final(way), way.final_answer(), folder)["result"]


def test_both_scenarios_are_found() -> None:
    assert NAMES == [DESK, FLOW]


@pytest.mark.parametrize("name", NAMES)
def test_all_rows_of_the_seed_load_with_foreign_keys_enforced(name: str, played: dict[str, Played]) -> None:
    with closing(sqlite3.connect(played[name].initial)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sum(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables)
    assert rows == sum(statement.startswith("INSERT") for statement in statements(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_orm_models_have_the_columns_of_the_schema(name: str, played: dict[str, Played]) -> None:
    with closing(sqlite3.connect(played[name].initial)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            table: [[row[1], not row[3] and not row[5]] for row in database.execute(f"PRAGMA table_info({table})")]
            for table in tables
        }
    assert columns == played[name].said["columns"]


def test_workflow_automation_has_the_full_size(played: dict[str, Played]) -> None:
    said = played[FLOW].said
    assert len(said["columns"]) >= 18
    assert len(said["ids"]) >= 35
    assert sum(statement.startswith("INSERT") for statement in statements(FLOW)) >= 120
    lengths = [len(task["calls"]) for task in TASKS[FLOW]]
    assert (len(lengths), min(lengths), max(lengths)) == (10, 1, 9)


def test_support_desk_is_small(played: dict[str, Played]) -> None:
    said = played[DESK].said
    assert (len(said["columns"]), len(said["ids"]), len(TASKS[DESK])) == (6, 12, 5)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_is_a_described_tool_with_a_name_of_its_own(name: str, played: dict[str, Played]) -> None:
    said = played[name].said
    source = (FOLDER / name / "app.py").read_text(encoding="utf-8")
    assert len(set(said["ids"])) == len(said["ids"]) == source.count("operation_id=")
    for tool, operation in said["operations"].items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", tool)
        assert all(operation[key] for key in ("summary", "description", "tags"))
        assert all(said["parameters"][tool].values()), f"{tool} has a parameter without a description"


@pytest.mark.parametrize("name", NAMES)
def test_every_tool_can_be_used(name: str, played: dict[str, Played]) -> None:
    ways = ways_of(name)
    assert {call["tool"] for way in ways for call in way.all_calls()} == set(played[name].said["ids"])
    assert {status for way in ways for status, _ in played[name].answers(way)} == {200}


@pytest.mark.parametrize("name", NAMES)
def test_a_failing_look_up_is_a_500(name: str, played: dict[str, Played]) -> None:
    assert [status for status, _ in played[name].said["answers"]["failing"]] == [500]


def test_runs_come_in_pages_and_a_run_finishes_while_it_is_watched(played: dict[str, Played]) -> None:
    pages = [body for _, body in played[FLOW].answers(reference(FLOW, 2))[:2]]
    assert [(len(page["runs"]), page["has_more"]) for page in pages] == [(10, True), (9, False)]
    watched = [body["status"] for _, body in played[FLOW].answers(reference(FLOW, 8))[3:5]]
    assert watched == ["running", "succeeded"]


@pytest.mark.parametrize(("name", "task_idx"), EVERY_TASK)
def test_a_reference_solution_completes_its_task(
    name: str, task_idx: int, played: dict[str, Played], tmp_path: Path
) -> None:
    way = reference(name, task_idx)
    assert all(set(call["arguments"]) <= set(played[name].said["parameters"][call["tool"]]) for call in way.all_calls())
    assert result(way, played[name], tmp_path) == "complete"


@pytest.mark.parametrize(("name", "task_idx"), EVERY_TASK)
def test_an_untouched_database_and_no_answer_pass_no_verifier(
    name: str, task_idx: int, played: dict[str, Played], tmp_path: Path
) -> None:
    initial = played[name].initial
    assert verify(reference(name, task_idx), "code", initial, initial, "", tmp_path) == {"result": "others"}


@pytest.mark.parametrize(("name", "task_idx"), WRITING)
def test_the_right_answer_alone_completes_no_task_that_writes(
    name: str, task_idx: int, played: dict[str, Played], tmp_path: Path
) -> None:
    way, initial = reference(name, task_idx), played[name].initial
    assert verify(way, "code", initial, initial, way.final_answer(), tmp_path) == {"result": "others"}


@pytest.mark.parametrize("way", WRONG_WAYS, ids=lambda way: f"{way.scenario}-{way.task_idx}-{way.about}")
def test_a_wrong_way_is_refused(way: Way, played: dict[str, Played], tmp_path: Path) -> None:
    assert result(way, played[way.scenario], tmp_path) == "others"


@pytest.mark.parametrize("way", OTHER_RIGHT_WAYS, ids=lambda way: f"{way.scenario}-{way.task_idx}-{way.about}")
def test_another_right_way_completes(way: Way, played: dict[str, Played], tmp_path: Path) -> None:
    assert result(way, played[way.scenario], tmp_path) == "complete"


@pytest.mark.parametrize(("name", "task_idx"), EVERY_TASK)
def test_evidence_is_plain_json_and_shows_what_a_solution_wrote(
    name: str, task_idx: int, played: dict[str, Played], tmp_path: Path
) -> None:
    way = reference(name, task_idx)
    initial, final = played[name].initial, played[name].final(way)
    untouched = verify(way, "sql", initial, initial, "", tmp_path)
    solved = verify(way, "sql", initial, final, "", tmp_path)
    assert json.loads(json.dumps([untouched, solved])) == [untouched, solved]
    assert untouched["before"] == untouched["after"] == solved["before"]
    writes = (name, task_idx) in WRITING
    assert (solved["after"] != solved["before"], bool(solved["all_rows_that_differ"])) == (writes, writes)
