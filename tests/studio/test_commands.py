"""The commands that talk to a running server."""

import json
import subprocess
import sys
from typing import Any

from langgraph_sdk.client import LangGraphClient

from .conftest import Studio

POINTS = [
    *("server", "graphs", "reading", "forms", "drawing", "story", "condition", "assistant", "own tools", "person"),
    *("rewind", "at once", "threads", "streams", "later", "mcp", "remote"),
]


def run(*arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "awm_langgraph.cli", *arguments, "--json"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


async def test_studio_check_finds_nothing_wrong_and_leaves_nothing_behind(
    studio: Studio, client: LangGraphClient
) -> None:
    threads, assistants = await client.threads.count(), await client.assistants.count()
    report = run("studio-check", "--url", studio.url, "--at-once", "3")
    assert report["works"]
    assert [finding["point"] for finding in report["findings"]] == POINTS
    assert (await client.threads.count(), await client.assistants.count()) == (threads, assistants)


async def test_there_is_one_assistant_for_each_condition_however_often_they_are_created(
    studio: Studio, client: LangGraphClient
) -> None:
    for _ in range(2):
        made = run("assistants", "create", "--url", studio.url, "--past", "earlier")
    found: list[Any] = await client.assistants.search(graph_id="awm", limit=100)
    by_name = {one["name"]: one for one in found if one["metadata"].get("condition")}
    assert sorted(by_name) == sorted(one["name"] for one in made)
    assert {"none", "dynamic/criteria", "dynamic/verifier", "human/schema", "static/schema"} <= set(by_name)
    assert {one["version"] for one in by_name.values()} == {1}

    thread = (await client.threads.create())["thread_id"]
    task: dict[str, Any] = {"scenario": "support_desk", "task_idx": 3}
    values: Any = await client.runs.wait(thread, by_name["dynamic/schema"]["assistant_id"], input=task)
    assert values["provenance"]["condition"] == "dynamic/schema"


async def test_an_assistant_that_was_changed_is_put_right(studio: Studio, client: LangGraphClient) -> None:
    made = run("assistants", "create", "--url", studio.url)
    await client.assistants.update(made[0]["assistant_id"], context={"expert_kind": "dynamic"})
    run("assistants", "create", "--url", studio.url)
    assert (await client.assistants.get(made[0]["assistant_id"]))["context"] == {"expert_kind": "none"}
