"""Every decision of the graph, as a table over records; nothing is run."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from awm_langgraph.agent import routing
from awm_langgraph.agent.context import EpisodeContext

CONTEXT = EpisodeContext()
ALONE = EpisodeContext(expert_kind="none")


def turn(*names: str, text: str = "", broken: bool = False) -> AIMessage:
    calls = [{"name": name, "args": {}, "id": f"c{number}"} for number, name in enumerate(names)]
    invalid = [{"name": "get", "args": "{", "id": "b", "error": None, "type": "invalid_tool_call"}] if broken else []
    return AIMessage(text, tool_calls=calls, invalid_tool_calls=invalid)


def call(step: int, kind: str = "ok", *, name: str = "get", changed: bool = False, text: str = "") -> dict[str, Any]:
    return {"name": name, "arguments": {}, "kind": kind, "changed": changed, "step": step, "text": text}


def state(*messages: Any, steps: int = 1, **more: Any) -> dict[str, Any]:
    return {"messages": [HumanMessage("do it"), *messages], "steps": steps, "calls": [], "consultations": [], **more}


@pytest.mark.parametrize(
    ("message", "context", "goes_to"),
    [
        (turn("get"), CONTEXT, "tools"),
        (turn("get", "ask_expert"), CONTEXT, "tools"),
        (turn("ask_expert"), CONTEXT, "expert"),
        (turn("ask_expert"), ALONE, "tools"),
        (turn("verify"), CONTEXT, "tools"),
        (turn("done"), CONTEXT, "tools"),
        (turn(broken=True), CONTEXT, "tools"),
        (turn("ask_expert", broken=True), CONTEXT, "tools"),
        (turn(text=" \n"), CONTEXT, "tools"),
    ],
)
def test_a_turn_with_something_to_do_goes_where_it_is_done(
    message: AIMessage, context: EpisodeContext, goes_to: str
) -> None:
    assert routing.after_agent(state(message), context) == goes_to


@pytest.mark.parametrize("reason", ["final_answer", "model_error", "content_filter", "environment_error"])
def test_an_episode_that_is_over_goes_to_the_verifier(reason: str) -> None:
    over = state(turn(text="done"), stop_reason=reason)
    assert routing.after_agent(over, CONTEXT) == "verifier"
    assert routing.after_tools(over, CONTEXT) == "verifier"
    assert routing.after_expert(over, CONTEXT) == "verifier"
    assert routing.after_reset(over) == "verifier"


def test_a_new_episode_goes_to_the_agent() -> None:
    assert routing.after_reset(state(stop_reason="")) == "agent"


@pytest.mark.parametrize(
    ("message", "is_final"),
    [
        (turn(text="All done."), True),
        (turn("get", text="let me see"), False),
        (turn(text="let me see", broken=True), False),
        (turn(text=""), False),
        (AIMessage([{"type": "text", "text": "All done."}]), True),
        (turn(text="<think>done?</think>"), False),
        (turn(text="<think>done?</think>Done."), True),
        (AIMessage("I will now", response_metadata={"finish_reason": "length"}), False),
    ],
)
def test_a_final_answer_says_something_and_calls_nothing(message: AIMessage, is_final: bool) -> None:
    assert routing.is_final_answer(message) is is_final


@pytest.mark.parametrize(
    ("kind", "goes_to"),
    [
        ("ok", "agent"),
        ("tool_not_found", "expert"),
        ("invalid_args", "expert"),
        ("invalid_action", "expert"),
        ("rejected", "expert"),
        ("server_error", "expert"),
        ("timeout", "agent"),
        ("environment_error", "agent"),
    ],
)
def test_an_error_of_the_agents_brings_the_expert_and_one_of_ours_does_not(kind: str, goes_to: str) -> None:
    after = state(turn("get"), calls=[call(1, kind)])
    assert routing.after_tools(after, CONTEXT) == goes_to
    assert routing.after_tools(after, ALONE) == "agent"
    assert routing.after_tools(after, EpisodeContext(escalate_on_error=False)) == "agent"


def test_only_the_last_steps_error_counts() -> None:
    after = state(turn("get"), steps=2, calls=[call(1, "invalid_args"), call(2, text="new")])
    assert routing.after_tools(after, CONTEXT) == "agent"


def test_one_failing_call_among_parallel_ones_is_an_error_of_the_step() -> None:
    after = state(turn("get", "get"), calls=[call(1, "server_error"), call(1)])
    escalation = routing.escalation(after, CONTEXT)
    assert escalation is not None
    assert (escalation.trigger, escalation.reason) == ("error", "the last step met an error: get: server_error")


def test_the_budget_ends_escalation_but_not_the_episode() -> None:
    spent = state(turn("get"), calls=[call(1, "invalid_args")], consultations=[{"step": 0}] * 3)
    assert routing.after_tools(spent, CONTEXT) == "agent"
    assert routing.after_tools(spent, EpisodeContext(max_consultations=4)) == "expert"


def test_a_question_beside_calls_is_answered_after_them() -> None:
    messages = [turn("get", "ask_expert"), ToolMessage("fine", tool_call_id="c0")]
    after = state(*messages, calls=[call(1)])
    assert routing.after_tools(after, CONTEXT) == "expert"
    escalation = routing.escalation(after, CONTEXT)
    assert escalation is not None
    assert escalation.trigger == "agent"
    answered = state(*messages, ToolMessage("advice", tool_call_id="c1"), calls=[call(1)])
    assert routing.after_tools(answered, CONTEXT) == "agent"


def test_a_question_is_not_answered_by_an_earlier_answer_to_a_call_of_the_same_id() -> None:
    earlier: list[AnyMessage] = [turn("ask_expert"), ToolMessage("advice", tool_call_id="c0")]
    assert len(routing.open_questions([*earlier, turn("ask_expert")])) == 1
    assert routing.open_questions([*earlier, turn("ask_expert"), ToolMessage("more", tool_call_id="c0")]) == []


@pytest.mark.parametrize(
    ("calls", "idle"),
    [
        ([], 6),
        ([call(n) for n in range(1, 7)], 5),
        ([call(n, changed=True) for n in range(1, 7)], 0),
        ([call(n, text=f"page {n}") for n in range(1, 7)], 0),
        ([call(n, name=f"get_{n}") for n in range(1, 7)], 0),
        ([call(n, "server_error", text=str(n)) for n in range(1, 7)], 6),
        ([call(1, changed=True)] + [call(n) for n in range(2, 7)], 5),
        ([call(1)] + [call(n, text="failed" if n == 4 else "running") for n in range(2, 7)], 2),
    ],
)
def test_progress_is_a_change_or_an_answer_that_is_new(calls: list[dict[str, Any]], idle: int) -> None:
    assert routing.steps_without_progress(state(turn("get"), steps=6, calls=calls)) == idle


def test_a_stall_brings_the_expert_and_advice_starts_the_count_again() -> None:
    calls = [call(n) for n in range(1, 7)]
    stalled = state(turn("get"), steps=6, calls=calls)
    escalation = routing.escalation(stalled, CONTEXT)
    assert escalation is not None
    assert (escalation.trigger, escalation.reason) == ("stall", "5 steps without progress")
    assert routing.after_tools({**stalled, "consultations": [{"step": 6}]}, CONTEXT) == "agent"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"steps": 14}, None),
        ({"steps": 15}, "step_limit"),
        ({"steps": 15, "calls": [call(1, "timeout")] * 3}, "environment_error"),
        ({"calls": [call(1, "environment_error")] * 2}, None),
        ({"active_seconds": 1801.0}, "timeout"),
        ({"active_seconds": 1799.0}, None),
    ],
)
def test_our_own_limits_end_an_episode(more: dict[str, Any], reason: str | None) -> None:
    limited = state(turn("get"), **more)
    assert routing.stop_reason(limited, CONTEXT) == reason
    assert (routing.after_expert(limited, CONTEXT) == "verifier") is (reason is not None)
