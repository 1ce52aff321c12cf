"""Every decision of the graph, as a table over records; nothing is run."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from awm_langgraph.agent import routing
from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.episode import Advice, ConsultationRecord, Usage

CONTEXT = EpisodeContext()
ALONE = EpisodeContext(expert_kind="none")


def turn(*names: str, text: str = "", broken: bool = False) -> AIMessage:
    calls = [{"name": name, "args": {}, "id": f"c{number}"} for number, name in enumerate(names)]
    invalid = [{"name": "get", "args": "{", "id": "b", "error": None, "type": "invalid_tool_call"}] if broken else []
    return AIMessage(text, tool_calls=calls, invalid_tool_calls=invalid)


def step(*names: str) -> list[AnyMessage]:
    """A turn with its calls answered."""
    return [turn(*names), *(ToolMessage("", tool_call_id=f"c{number}") for number in range(len(names)))]


def call(step: int, kind: str = "ok", *, name: str = "get", changed: bool = False, text: str = "") -> dict[str, Any]:
    return {"name": name, "arguments": {}, "kind": kind, "changed": changed, "step": step, "text": text}


def state(*messages: Any, steps: int = 1, **more: Any) -> dict[str, Any]:
    return {"messages": [HumanMessage("do it"), *messages], "steps": steps, "calls": [], "consultations": [], **more}


def consultations(*steps: int, tokens: int = 0, cost_usd: float | None = 0.0, seconds: float = 0.0) -> Any:
    return [
        ConsultationRecord(
            number=number,
            trigger="error",
            reason="",
            step=step,
            after_calls=step,
            expert="dynamic",
            model="m",
            tier="criteria",
            advice=Advice(notes="n"),
            usage=Usage(input_tokens=tokens, cost_usd=cost_usd),
            latency_seconds=seconds,
        ).model_dump(mode="json")
        for number, step in enumerate(steps, start=1)
    ]


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
    assert routing.after_reset(over, CONTEXT) == "verifier"


def test_a_new_episode_goes_to_the_agent() -> None:
    assert routing.after_reset(state(stop_reason=""), CONTEXT) == "agent"


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
    after = state(*step("get"), calls=[call(1, kind)])
    assert routing.after_tools(after, CONTEXT) == goes_to
    assert routing.after_tools(after, ALONE) == "agent"
    assert routing.after_tools(after, EpisodeContext(on_error="off")) == "agent"


def test_only_the_last_steps_error_counts() -> None:
    after = state(*step("get"), steps=2, calls=[call(1, "invalid_args"), call(2, text="new")])
    assert routing.after_tools(after, CONTEXT) == "agent"


def test_one_failing_call_among_parallel_ones_is_an_error_of_the_step() -> None:
    after = state(*step("get", "get"), calls=[call(1, "server_error"), call(1)])
    made = routing.decision(after, CONTEXT)
    assert made is not None
    assert (made.trigger, made.reason) == ("error", "the last step met an error: get: server_error")


def test_the_budget_ends_escalation_but_not_the_episode() -> None:
    spent = state(*step("get"), calls=[call(1, "invalid_args")], consultations=consultations(0, 0, 0))
    assert routing.after_tools(spent, CONTEXT) == "agent"
    assert routing.after_tools(spent, EpisodeContext(max_consultations=4)) == "expert"


def test_a_question_beside_calls_is_answered_after_them() -> None:
    messages = [turn("get", "ask_expert"), ToolMessage("fine", tool_call_id="c0")]
    after = state(*messages, calls=[call(1)])
    assert routing.after_tools(after, CONTEXT) == "expert"
    made = routing.decision(after, CONTEXT)
    assert made is not None
    assert made.trigger == "agent"
    answered = state(*messages, ToolMessage("advice", name="ask_expert", tool_call_id="c1"), calls=[call(1)])
    assert routing.after_tools(answered, CONTEXT) == "agent"


def test_a_question_is_not_answered_by_an_earlier_answer_to_a_call_of_the_same_id() -> None:
    earlier: list[AnyMessage] = [turn("ask_expert"), ToolMessage("advice", tool_call_id="c0")]
    assert len(routing.open_questions([*earlier, turn("ask_expert")])) == 1
    assert routing.open_questions([*earlier, turn("ask_expert"), ToolMessage("more", tool_call_id="c0")]) == []


def test_a_stall_brings_the_expert_and_advice_starts_the_count_again() -> None:
    context = EpisodeContext(repeated_calls=None)
    stalled = state(*step("get"), steps=6, calls=[call(n) for n in range(1, 7)])
    made = routing.decision(stalled, context)
    assert made is not None
    assert (made.trigger, made.reason) == ("stall", "5 steps without progress")
    assert routing.after_tools({**stalled, "consultations": consultations(6)}, context) == "agent"


def test_nothing_is_decided_twice_for_one_turn() -> None:
    failed = state(*step("get"), calls=[call(1, "rejected")])
    assert routing.decision(failed, CONTEXT) is not None
    advised = state(*step("get"), HumanMessage("advice", name="expert"), calls=[call(1, "rejected")])
    assert routing.decision(advised, CONTEXT) is None


def test_static_advice_is_given_before_the_task_and_never_again() -> None:
    static = EpisodeContext(expert_kind="static")
    assert routing.after_reset(state(steps=0), static) == "expert"
    assert routing.after_reset(state(steps=0), CONTEXT) == "agent"
    assert routing.after_tools(state(*step("get"), calls=[call(1, "rejected")]), static) == "agent"
    assert routing.after_agent(state(turn("ask_expert")), static) == "tools"


@pytest.mark.parametrize("budget", ["max_expert_seconds", "max_expert_cost_usd"])
def test_static_advice_keeps_to_the_budgets_and_its_refusal_is_a_decision(budget: str) -> None:
    static = EpisodeContext.model_validate({"expert_kind": "static", budget: 0})
    assert routing.after_reset(state(steps=0), static) == "agent"
    made = routing.decision(state(steps=0), static)
    assert made is not None
    assert (made.trigger, made.reaction) == ("start", "refuse")
    assert made.reason.startswith("advice is given before the task; no help: ")


TRIGGERS: dict[str, dict[str, Any]] = {
    "agent": state(turn("ask_expert"), steps=2, calls=[call(1)]),
    "error": state(turn("get"), steps=2, calls=[call(1), call(2, "rejected", text="no")]),
    "stall": state(turn("get"), steps=3, calls=[call(n, text="same") for n in (1, 2, 3)]),
    "confidence": state(turn("get", text="Confidence: 0.1"), steps=2, calls=[call(1), call(2, text="new")]),
    "irreversible": state(turn("delete_all"), steps=2, calls=[call(1)]),
    "finish": state(turn(text="Done."), steps=1, calls=[call(1)]),
}
"""A state in which each trigger, and only that one, has a reason."""
SWITCHES = {
    "error": "on_error",
    "stall": "on_stall",
    "confidence": "on_low_confidence",
    "irreversible": "on_irreversible",
    "finish": "on_finish",
}
BUDGETS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "there is budget": ({}, []),
    "consultations": ({"max_consultations": 2}, consultations(0, 0)),
    "tokens": ({"max_expert_tokens": 100}, consultations(0, tokens=100)),
    "cost": ({"max_expert_cost_usd": 0.5}, consultations(0, cost_usd=0.5)),
    "unknown cost": ({"max_expert_cost_usd": 0.5}, consultations(0, cost_usd=None)),
    "seconds": ({"max_expert_seconds": 10.0}, consultations(0, seconds=10.0)),
    "cooldown": ({"cooldown_steps": 5}, consultations(0)),
}
WHERE_TO: dict[str, dict[str, str]] = {
    "agent": {"route": "expert", "refuse": "expert"},
    "error": {"route": "expert", "nudge": "agent", "off": "agent", "refuse": "agent"},
    "stall": {"route": "expert", "nudge": "agent", "off": "agent", "refuse": "agent"},
    "confidence": {"route": "expert", "nudge": "agent", "off": "agent", "refuse": "agent"},
    "irreversible": {"route": "expert", "nudge": "tools", "off": "tools", "refuse": "tools"},
    "finish": {"route": "expert", "nudge": "agent", "off": "verifier", "refuse": "verifier"},
}


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("reaction", ["route", "nudge", "off"])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_with_every_reaction_under_every_budget_goes_one_way(
    trigger: str, reaction: str, budget: str
) -> None:
    limits, past = BUDGETS[budget]
    others = dict.fromkeys(SWITCHES.values(), "off")
    own = {SWITCHES[trigger]: reaction} if trigger in SWITCHES else {}
    context = EpisodeContext.model_validate({**others, **own, **limits})
    here = {**TRIGGERS[trigger], "consultations": past}
    is_turn_last = isinstance(here["messages"][-1], AIMessage) and trigger in ("agent", "irreversible", "finish")
    if not is_turn_last:
        here["messages"] = [*here["messages"], ToolMessage("answer", tool_call_id="c0")]
    # whoever asks is answered: no reaction takes that away
    wished = "route" if trigger == "agent" else reaction
    expected = wished if wished == "off" or budget == "there is budget" else "refuse"
    made = routing.decision(here, context)
    assert (made.reaction if made else "off") == expected
    assert made is None or made.trigger == trigger
    go = routing.after_agent if is_turn_last else routing.after_tools
    assert go(here, context) == WHERE_TO[trigger][expected]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_before_the_first_try_there_is_help_only_where_that_is_allowed(trigger: str) -> None:
    here = {**TRIGGERS[trigger], "calls": []}
    policy = dict.fromkeys(SWITCHES.values(), "route")
    made = routing.decision(here, EpisodeContext.model_validate(policy))
    assert made is None or made.reaction == "refuse"
    if trigger in ("agent", "irreversible", "finish"):
        allowed = routing.decision(here, EpisodeContext.model_validate({**policy, "allow_before_first_try": True}))
        assert allowed is not None
        assert (allowed.trigger, allowed.reaction) == (trigger, "route")


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


def test_a_line_about_confidence_is_no_answer() -> None:
    assert not routing.is_final_answer(turn(text="Confidence: 0.2"))
    assert routing.answer_in(turn(text="<think>4?</think>\nConfidence: 0.9\n4")) == "4"


def test_a_tool_named_like_the_expert_is_not_taken_for_it() -> None:
    failed = state(turn("expert"), ToolMessage("no", name="expert", tool_call_id="c0"), calls=[call(1, "rejected")])
    assert routing.after_tools(failed, CONTEXT) == "expert"
    broken = AIMessage(
        "",
        invalid_tool_calls=[{"name": "ask_expert", "args": "{", "id": "b", "error": None, "type": "invalid_tool_call"}],
    )
    unread = state(
        broken,
        ToolMessage("?", name="ask_expert", tool_call_id="b"),
        calls=[call(1, "invalid_action", name="ask_expert")],
    )
    assert routing.after_tools(unread, CONTEXT) == "expert"


def test_nobody_is_asked_when_nobody_would_read_the_answer() -> None:
    asking = state(turn("ask_expert"), steps=2, calls=[call(1)])
    assert routing.after_agent(asking, EpisodeContext(max_steps=2)) == "verifier"
    assert routing.after_agent(asking, EpisodeContext(max_steps=3)) == "expert"


@pytest.mark.parametrize("interface", ["native", "text", "gateway", "search"])
def test_a_call_that_cannot_be_undone_is_known_in_every_interface(interface: str) -> None:
    arguments: dict[str, Any] = {"ticket_id": 7}
    name, given = "close_ticket", arguments
    if interface != "native":
        name, given = "call_tool", {"tool_name": "mcp_tool_close_ticket", "arguments": arguments}
    message = AIMessage("", tool_calls=[{"name": name, "args": given, "id": "c0"}])
    choice = {"tool_interface": interface, "on_irreversible": "route", "irreversible_tools": ("close_*",)}
    here = state(message, steps=2, calls=[call(1)])
    assert routing.after_agent(here, EpisodeContext.model_validate(choice)) == "expert"


def test_a_question_beside_a_call_that_cannot_be_undone_needs_no_hint() -> None:
    context = EpisodeContext(on_irreversible="nudge")
    made = routing.decision(state(turn("delete_all", "ask_expert"), steps=2, calls=[call(1)]), context)
    assert made is not None
    assert (made.trigger, made.reaction) == ("irreversible", "route")
