"""Whole episodes: real graph, environments and verifiers, and models that are scripted or served over HTTP."""

import json
import shutil
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

import awm_langgraph
from awm_langgraph.catalog import Catalog
from awm_langgraph.errors import UsageError
from awm_langgraph.models import Script, chat_model
from awm_langgraph.models.choice import ModelChoice
from awm_langgraph.settings import current_settings, use_settings
from awm_langgraph.testing import (
    OpenAIServer,
    Reply,
    answer_with,
    calls,
    empty,
    failure,
    filtered_answer,
    filtered_prompt,
    hang,
    refusal,
    text,
    tool_call,
)

BUNDLED = Catalog.open("bundled")
TASKS = [(name, task_idx) for name in BUNDLED.names() for task_idx in range(BUNDLED.summary(name).tasks)]
DESK = "support_desk"


def served(server: OpenAIServer, **parameters: Any) -> ModelChoice:
    return ModelChoice(model="openai:served", base_url=server.base_url, parameters={"max_retries": 0, **parameters})


def kinds(episode: Any) -> list[str]:
    return [call["kind"] for call in episode["calls"]]


@pytest.mark.parametrize(("scenario", "task_idx"), TASKS)
async def test_a_reference_solution_completes_its_task_alone_and_an_untouched_database_does_not(
    play: Any, scenario: str, task_idx: int
) -> None:
    episode = await play(scenario, task_idx, agent="scripted:solver")
    assert episode["outcome"] == "complete"
    assert episode["verdict"]["control"] == "others"
    # no reference solution may look like trouble: a false alarm would cost the solo bonus
    assert episode["consultations"] == []
    assert episode["reward"] == {
        "environment": 1.0,
        "shaped": 2.0,
        "parts": {"environment": 1.0, "solo": 1.0},
        "pattern": "solo",
    }
    assert episode["seed_problems"] == []


@pytest.mark.parametrize("own", [None, "", "call_0"])
async def test_questions_whose_ids_are_missing_or_repeat_are_each_answered(play: Any, own: str | None) -> None:
    ask = tool_call("ask_expert", {"question": "What now?"}, call_id=own)
    with OpenAIServer([ask, ask, text("Done.")], keep_ids=True) as server:
        episode = await play(DESK, 0, agent=served(server), allow_before_first_try=True)
        ids = [message["tool_call_id"] for message in server.requests[-1].body["messages"] if message["role"] == "tool"]
    assert len(episode["consultations"]) == 2
    assert len(set(ids)) == len(ids) == 2


@pytest.mark.parametrize(
    ("reply", "kinds_met"),
    [
        (text("<think>Is it urgent now?</think>Ticket 7 is urgent now."), []),
        (text("I will now", finish_reason="length"), ["invalid_action"]),
    ],
)
async def test_an_answer_is_what_is_said_to_its_end_without_thoughts(
    play: Any, reply: Reply, kinds_met: list[str]
) -> None:
    with OpenAIServer([reply, text("Ticket 7 is urgent now.")]) as server:
        episode = await play(DESK, 0, agent=served(server), expert_kind="none")
    assert episode["final_answer"] == "Ticket 7 is urgent now."
    assert kinds(episode) == kinds_met
    assert ("cut off" in json.dumps(server.requests[-1].body["messages"])) is bool(kinds_met)


@pytest.mark.parametrize("name", ["verify", "done", "__list_scenarios__", "list_tools"])
async def test_a_guessed_orchestrator_name_is_not_found_and_leaks_no_reward(play: Any, name: str) -> None:
    arguments = {"verifier_mode": "code", "final_answer": "x"}
    with OpenAIServer([tool_call(name, arguments), text("I am done.")]) as server:
        episode = await play(DESK, 0, agent=served(server), expert_kind="none")
        assert kinds(episode) == ["tool_not_found"]
        assert episode["outcome"] == "format_error"
        assert episode["reward"]["environment"] == -1.0
        seen = json.dumps(server.requests[-1].body["messages"])
    assert "reward" not in seen
    assert "complete" not in seen.replace("completely", "")
    offered = {tool["function"]["name"] for tool in server.requests[0].body["tools"]}
    assert offered.isdisjoint({"verify", "done", "__list_scenarios__", "ask_expert"})


async def test_a_task_is_completed_over_real_http_and_each_role_is_asked_at_its_own_server(play: Any) -> None:
    solution = BUNDLED.solution(DESK, 3)
    script = Script(task_key=f"{DESK}/3", seed=1, solution=solution)
    novice = chat_model("agent", ModelChoice(model="scripted:novice"), script=script)
    helper = chat_model("expert", ModelChoice(model="scripted:expert"), script=script)
    with OpenAIServer(answer_with(novice)) as agents, OpenAIServer(answer_with(helper)) as experts:
        episode = await play(DESK, 3, agent=served(agents), expert=served(experts), seed=1)
    assert episode["outcome"] == "complete"
    assert len(episode["consultations"]) == 1
    assert episode["consultations"][0]["tier"] == "criteria"
    assert all("tools" in request.body for request in agents.requests)
    # one question for the criteria, one for the advice; the expert has no tools
    assert len(experts.requests) == 2
    assert all("tools" not in request.body for request in experts.requests)
    assert "verify_task" in json.dumps(experts.requests[0].body)
    assert "verify_task" not in json.dumps(experts.requests[1].body)
    assert episode["usage"]["agent"]["input_tokens"] == 10 * len(agents.requests)
    assert episode["usage"]["expert"]["model_calls"] == 2


MALFORMED = [
    (tool_call("get_ticket", '{"ticket_id": '), "invalid_action"),
    (tool_call("get_ticket", "[1, 2]"), "invalid_action"),
    (tool_call("get_ticket", {"ticket_id": 10**40}), "invalid_action"),
    (tool_call("get_ticket", '{"ticket_id": ' + "[" * 3000 + "]" * 3000 + "}"), "invalid_action"),
    (text("\ud800", finish_reason="length"), "invalid_action"),
    (empty(), "invalid_action"),
    (tool_call("get_ticket", {"ticket_id": "7"}), "invalid_args"),
    (tool_call("get_ticket", {}), "invalid_args"),
    (tool_call("get_tickets", {}), "tool_not_found"),
    (tool_call("get_ticket", {"ticket_id": 999}), "server_error"),
]


@pytest.mark.parametrize(("reply", "kind"), MALFORMED)
async def test_a_turn_that_fails_is_answered_and_recorded_and_the_episode_goes_on(
    play: Any, reply: Reply, kind: str
) -> None:
    good = tool_call("update_ticket", {"ticket_id": 7, "priority": "urgent"})
    with OpenAIServer([reply, good, text("Ticket 7 is urgent now.")]) as server:
        episode = await play(DESK, 0, agent=served(server), expert_kind="none")
    assert kinds(episode) == [kind, "ok"]
    assert episode["outcome"] == "complete"
    assert episode["steps"] == 2


async def ends_without_a_reward(outcome: str, playing: Awaitable[Any]) -> None:
    episode = await playing
    assert episode["outcome"] == episode["stop_reason"] == outcome
    assert episode["error"]
    assert episode["reward"]["environment"] is episode["reward"]["shaped"] is None


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (failure(429), "model_error"),
        (failure(500), "model_error"),
        (filtered_prompt(), "content_filter"),
        (filtered_answer(), "content_filter"),
        (refusal("I cannot help with that."), "content_filter"),
    ],
)
async def test_a_model_that_fails_ends_as_an_outcome_without_a_reward(play: Any, reply: Reply, outcome: str) -> None:
    with OpenAIServer([reply]) as server:
        await ends_without_a_reward(outcome, play(DESK, 0, agent=served(server)))


async def test_a_model_that_gives_no_answer_ends_as_an_outcome_without_a_reward(play: Any) -> None:
    with OpenAIServer([hang()]) as server:
        await ends_without_a_reward("model_error", play(DESK, 0, agent=served(server), model_timeout_seconds=1.0))


async def test_an_expert_that_fails_is_recorded_and_the_agent_goes_on(play: Any) -> None:
    good = tool_call("update_ticket", {"ticket_id": 7, "priority": "urgent"})
    agents = OpenAIServer([tool_call("get_tickets", {}), good, text("Ticket 7 is urgent now.")])
    with agents, OpenAIServer(lambda _: failure(500)) as experts:
        episode = await play(DESK, 0, agent=served(agents), expert=served(experts))
    assert episode["outcome"] == "complete"
    (consultation,) = episode["consultations"]
    assert consultation["error"]
    assert consultation["advice"]["plan"] == []
    assert episode["reward"]["pattern"] == "solo"


async def test_parallel_calls_and_a_question_in_one_turn_are_all_answered(play: Any) -> None:
    turn = calls(
        ("get_ticket", {"ticket_id": 7}), ("get_ticket", {"ticket_id": 5}), ("ask_expert", {"question": "And?"})
    )
    good = tool_call("update_ticket", {"ticket_id": 7, "priority": "urgent"})
    with OpenAIServer([turn, good, text("Ticket 7 is urgent now.")]) as server:
        episode = await play(DESK, 0, agent=served(server))
        answered = [message["role"] for message in server.requests[1].body["messages"]]
    assert answered == ["system", "user", "assistant", "tool", "tool", "tool"]
    assert [consultation["trigger"] for consultation in episode["consultations"]] == ["agent"]
    assert episode["outcome"] == "complete"


async def test_the_budget_of_consultations_is_never_exceeded(play: Any) -> None:
    with OpenAIServer(lambda _: tool_call("ask_expert", {"question": "What now?"})) as server:
        episode = await play(
            DESK, 0, agent=served(server), max_consultations=2, max_steps=4, allow_before_first_try=True
        )
        told = json.dumps(server.requests[-1].body["messages"])
    assert len(episode["consultations"]) == 2
    assert "all 2 consultations are used" in told
    assert (episode["steps"], episode["stop_reason"]) == (4, "step_limit")
    assert episode["reward"]["pattern"] == "blind"


async def test_the_step_limit_ends_an_episode(play: Any) -> None:
    with OpenAIServer(lambda _: tool_call("list_queues", {})) as server:
        episode = await play(DESK, 0, agent=served(server), max_steps=3, expert_kind="none")
    assert (episode["steps"], episode["stop_reason"], episode["outcome"]) == (3, "step_limit", "incomplete")
    assert len(server.requests) == 3


async def test_an_instruction_of_ones_own_is_run_and_has_no_verdict(play: Any) -> None:
    with OpenAIServer([tool_call("list_queues", {}), text("There are three queues.")]) as server:
        episode = await play(DESK, instruction="List the queues.", agent=served(server), expert_kind="none")
    assert episode["outcome"] == "no_verifier"
    assert episode["reward"]["environment"] is None
    assert episode["final_answer"] == "There are three queues."


@pytest.mark.parametrize(
    ("scenario", "task_idx", "context", "says"),
    [
        ("suport_desk", 0, {}, "support_desk"),
        (DESK, 99, {}, "99"),
        (DESK, None, {}, "task_idx"),
        (DESK, "3", {}, "task_idx: expected a whole number from 0, found '3'"),
        ("", 0, {}, "scenario"),
        (DESK, 0, {"agent": "scripted:genius"}, "scripted:genius"),
        (DESK, 0, {"agent": "no provider"}, "PROVIDER:NAME"),
        (DESK, 0, {"expert": "nowhere:model"}, "nowhere"),
    ],
)
async def test_a_callers_mistake_is_told_before_anything_is_started(
    play: Any, scenario: str, task_idx: Any, context: dict[str, str], says: str
) -> None:
    with pytest.raises(UsageError, match=says) as told:
        await play(scenario, task_idx, **context)
    assert "\n" not in str(told.value)


BROKEN_REFERENCE = """
import fastapi_mcp.server
convert = fastapi_mcp.server.convert_openapi_to_mcp_tools

def convert_and_spoil(*args, **options):
    tools, operations = convert(*args, **options)
    tools[0].inputSchema["properties"]["limit"] = {"$ref": "#/nowhere"}
    return tools, operations

fastapi_mcp.server.convert_openapi_to_mcp_tools = convert_and_spoil
"""


async def test_tools_that_no_model_can_be_offered_are_the_environments_error(play: Any, tmp_path: Path) -> None:
    bundled = Path(awm_langgraph.__file__).parent / "scenarios" / DESK
    copied = shutil.copytree(bundled, tmp_path / "catalog" / DESK, ignore=shutil.ignore_patterns("__pycache__"))
    application = (copied / "app.py").read_text()
    (copied / "app.py").write_text(application + BROKEN_REFERENCE)
    settings = current_settings().model_copy(update={"catalog": str(copied.parent)})
    with use_settings(settings), OpenAIServer([text("I am done.")]) as server:
        episode = await play(DESK, 0, agent=served(server), expert_kind="none")
        assert server.requests == []
    assert episode["outcome"] == episode["stop_reason"] == "environment_error"
    assert "cannot be offered to a model" in episode["error"]
