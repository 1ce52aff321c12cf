"""What a newcomer in Studio starts with and sees: the form's choices, the story of a run, the reason of a failure."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from awm_langgraph.agent.state import ConditionName

from .conftest import COMMENT, HELPED, READ_SECONDS, SEED, TASK, Studio, names, play, thread_of

BLOCKING = """
import time
from langgraph.graph import START, StateGraph

async def wait(state: dict) -> dict:
    time.sleep(0.001)
    return {}

graph = StateGraph(dict).add_node("wait", wait).add_edge(START, "wait").compile()
"""


async def events_of(client: LangGraphClient, graph: str = "awm", **more: Any) -> list[dict[str, Any]]:
    arguments: dict[str, Any] = {"input": TASK, "context": SEED, "stream_mode": "custom", **more}
    stream = client.runs.stream(await thread_of(client), graph, **arguments)
    parts = [part async for part in stream]
    assert [part.data for part in parts if part.event == "error"] == []
    return [part.data for part in parts if part.event == "custom"]


def of(events: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


async def test_an_episode_tells_its_story_as_it_happens(client: LangGraphClient) -> None:
    events: list[Any] = []
    nodes: list[str] = []
    values: Any = None
    modes: Any = ["custom", "updates", "values"]
    stream = client.runs.stream(await thread_of(client), "awm", input=TASK, context=SEED, stream_mode=modes)
    async for part in stream:
        assert part.event != "error", part.data
        events += [part.data] if part.event == "custom" else []
        nodes += list(part.data) if part.event == "updates" else []
        values = part.data if part.event == "values" else values
    assert [event["type"] for event in events if event["type"] != "turn"] == [
        *("start", "reset", "call", "progress", "call", "change", "progress", "call", "progress"),
        *("decision", "consultation", "call", "change", "progress", "verdict"),
    ]
    assert [(event["name"], event["kind"], event["changed"]) for event in of(events, "call")] == [
        ("get_ticket", "ok", False),
        ("add_comment", "ok", True),
        ("update_ticket", "invalid_args", False),
        ("update_ticket", "ok", True),
    ]
    assert [list(event["tables"]) for event in of(events, "change")] == [["comments"], ["tickets"]]
    assert nodes == ["reset", *("agent", "tools") * 3, "expert", "agent", "tools", "agent", "verifier"]
    assert (values["outcome"], values["error"], values["reward"]["pattern"]) == ("complete", "", "recovery")
    assert [message["type"] for message in values["messages"]][:2] == ["human", "ai"]


async def test_messages_are_streamed_from_the_agent_and_what_the_expert_s_model_wrote_is_not(
    client: LangGraphClient,
) -> None:
    modes: Any = ["messages-tuple"]
    stream = client.runs.stream(await thread_of(client), "awm", input=TASK, context=SEED, stream_mode=modes)
    spoken = [part.data async for part in stream if part.event == "messages"]
    speakers = {told["langgraph_node"] for message, told in spoken if message["type"].lower().startswith("ai")}
    assert speakers == {"agent"}
    said = " ".join(str(message["content"]) for message, _ in spoken)
    assert "scripted advice" in said  # the advice that the agent read
    assert '"criteria"' not in said  # what it was made of


async def test_a_failure_says_what_was_missing_in_the_database_and_which_limits_were_met(
    client: LangGraphClient,
) -> None:
    events = await events_of(client, input={**TASK, "condition": "none"})
    (verdict,) = of(events, "verdict")
    # the comment is there and the ticket is untouched: what was asked for is half done
    assert (verdict["outcome"], list(verdict["change"]["tables"])) == ("format_error", ["comments"])
    refused = [event for event in of(events, "call") if event["kind"] != "ok"]
    assert {event["name"] for event in refused} == {"update_ticket"}
    errors = [event["counters"]["errors_in_a_row"]["count"] for event in of(events, "progress")]
    assert errors == [0, 0, *range(1, len(refused) + 1)]
    assert all("Input validation error" in event["text"] for event in refused)


async def test_the_input_form_offers_conditions_as_a_plain_choice(client: LangGraphClient) -> None:
    found = await client.assistants.search(metadata={"created_by": "system"})
    for assistant in found:
        form: Any = (await client.assistants.get_schemas(assistant["assistant_id"]))["input_schema"]
        field = form["properties"]["condition"]
        assert field["enum"] == list(ConditionName.__args__)  # type: ignore[attr-defined]  # a Literal has them
        assert (field["type"], field["default"]) == ("string", "context")
        assert "before" in field["description"]


async def test_a_condition_in_the_input_goes_before_the_context_s_for_this_run(client: LangGraphClient) -> None:
    thread = await thread_of(client)
    chosen = await play(client, thread, "baseline", input={**TASK, "condition": "dynamic/schema"})
    assert (chosen["provenance"]["condition"], names(chosen)) == ("dynamic/schema", HELPED)
    following = await play(client, thread, "baseline")
    assert (following["provenance"]["condition"], following["consultations"]) == ("none", [])
    refused = await play(client, thread, input={**TASK, "condition": "oracle"}, raise_error=False)
    assert "condition: expected context, none or KIND/TIER" in refused["__error__"]["message"]


async def test_a_person_may_be_chosen_in_the_input_and_answers(client: LangGraphClient) -> None:
    thread = await thread_of(client)
    await play(client, thread, input={**TASK, "condition": "human/schema"})
    (asked,) = (await client.threads.get_state(thread))["interrupts"]
    assert asked["value"]["tier"] == "schema"
    # the answer comes with a context of its own, which does not undo the choice
    values = await play(client, thread, input=None, command={"resume": {"notes": "Give the ticket's id."}})
    assert values["consultations"][0]["expert"] == "human"
    assert COMMENT in [call["arguments"].get("body") for call in values["calls"]]


async def test_own_tools_can_be_tried_without_a_model_and_say_that_a_script_played(client: LangGraphClient) -> None:
    for request in ({}, {"instruction": "Order two packets of tea."}):
        values = await play(client, await thread_of(client), "own_tools", input=request, context={})
        assert values["task"]["instruction"] == "Order two packets of tea."
        assert values["provenance"]["models"] == {"agent": "scripted:novice", "expert": "scripted:expert"}
        assert [(call["name"], call["kind"]) for call in values["calls"]][-1] == ("order", "ok")
        assert len(values["consultations"]) == 1


async def test_own_tools_without_a_model_refuse_in_one_line_what_no_script_can_play(client: LangGraphClient) -> None:
    request = {"instruction": "Buy a boat."}
    answer = await play(client, await thread_of(client), "own_tools", input=request, context={}, raise_error=False)
    said = answer["__error__"]["message"]
    assert "plays only 'Order two packets of tea.'" in said
    assert "AWM_AGENT_MODEL" in said
    assert "\n" not in said


async def test_a_server_started_like_this_one_tells_of_a_blocking_call(tmp_path: Path) -> None:
    """So that the silence of the others, which the last test of the server looks at, means something."""
    (tmp_path / "blocking.py").write_text(BLOCKING, encoding="utf-8")
    config = tmp_path / "langgraph.json"
    config.write_text(json.dumps({"dependencies": ["."], "graphs": {"blocking": "./blocking.py:graph"}}))
    server = Studio(tmp_path, config)
    try:
        server.start()
        async with get_client(url=server.url, timeout=READ_SECONDS) as client:
            answer: Any = await client.runs.wait(None, "blocking", input={}, raise_error=False)
    finally:
        server.stop()
    assert answer["__error__"]["error"] == "BlockingError"
    assert "BlockingError: Blocking call to time.sleep" in server.said()
