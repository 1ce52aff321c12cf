"""Every decision, as a table of occasion x reaction x obstacle, and the situation it rests on."""

from typing import Any

import pytest

from awm_langgraph.episode import Advice, Call, ConsultationRecord, Decision, ToolOutcome, Usage
from awm_langgraph.experts.deciding import Situation, counters_of, decide, seconds_left, situation_of
from awm_langgraph.experts.policy import Policy
from awm_langgraph.experts.triggers import History, Turn

OCCASIONS: dict[str, dict[str, Any]] = {
    "agent": {"place": "after_tools", "is_asking": True},
    "error": {"place": "after_tools", "errors": ("get: rejected",), "errors_in_a_row": 1},
    "stall": {"place": "after_tools", "idle_steps": 5},
    "confidence": {"place": "after_tools", "confidence": 0.4},
    "irreversible": {"place": "after_agent", "has_calls": True, "irreversible": ('delete {"id": 1}',)},
    "finish": {"place": "after_agent", "is_finishing": True},
}
REASONS = {
    "agent": "the agent asked",
    "error": "the last step met an error: get: rejected",
    "stall": "5 steps without progress",
    "confidence": "the agent is only 40% sure",
    "irreversible": 'this cannot be undone: delete {"id": 1}',
    "finish": "the agent is about to finish",
}
FIELDS = {
    "error": "on_error",
    "stall": "on_stall",
    "confidence": "on_low_confidence",
    "irreversible": "on_irreversible",
    "finish": "on_finish",
}
OBSTACLES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "none": ({}, {}, ""),
    "first try": ({"tries": 0}, {}, "nothing was tried yet"),
    "first try allowed": ({"tries": 0}, {"allow_before_first_try": True}, ""),
    "consultations": ({"spent": {"consultations": 3}}, {}, "all 3 consultations are used"),
    "no consultations": ({}, {"max_consultations": 0}, "all 0 consultations are used"),
    "tokens": ({"spent": {"tokens": 120}}, {"max_expert_tokens": 100}, "the expert's 100 tokens are used (120)"),
    "tokens left": ({"spent": {"tokens": 99}}, {"max_expert_tokens": 100}, ""),
    "cost": ({"spent": {"cost_usd": 0.6}}, {"max_expert_cost_usd": 0.5}, "0.5 US dollars are used (0.6000)"),
    "cost left": ({"spent": {"cost_usd": 0.4}}, {"max_expert_cost_usd": 0.5}, ""),
    "cost unknown": ({"spent": {"cost_usd": None}}, {"max_expert_cost_usd": 0.5}, "cost so far is not known"),
    "cost unlimited": ({"spent": {"cost_usd": None}}, {}, ""),
    "seconds": ({"spent": {"seconds": 9.5}}, {"max_expert_seconds": 9}, "the expert's 9 seconds are used (9.5)"),
    "cooldown": ({"steps_since_consultation": 1}, {"cooldown_steps": 2}, "only 1 of 2 steps have passed"),
    "cooled down": ({"steps_since_consultation": 2}, {"cooldown_steps": 2}, ""),
}


@pytest.mark.parametrize("trigger", OCCASIONS)
@pytest.mark.parametrize("reaction", ["route", "nudge", "off"])
@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_every_occasion_meets_every_reaction_and_every_obstacle(trigger: str, reaction: str, obstacle: str) -> None:
    found, limits, objection = OBSTACLES[obstacle]
    situation = Situation.model_validate({"step": 7, "tries": 1} | OCCASIONS[trigger] | found)
    reactions = {FIELDS[trigger]: reaction} if trigger in FIELDS else {}
    decision = decide(situation, Policy.model_validate(limits | reactions))

    if trigger != "agent" and reaction == "off":
        assert decision is None
        return
    assert decision is not None
    assert (decision.step, decision.trigger) == (7, trigger)
    if objection:
        assert decision.reaction == "refuse"
        assert objection in decision.reason
        assert trigger == "agent" or decision.reason.startswith(REASONS[trigger])
    else:
        assert decision.reaction == ("route" if trigger == "agent" else reaction)
        assert decision.reason == REASONS[trigger]


@pytest.mark.parametrize("place", ["after_agent", "after_tools"])
def test_without_a_reason_nothing_is_decided(place: Any) -> None:
    assert decide(Situation(place=place, step=3), Policy()) is None


ALL_ON = Policy(on_low_confidence="route", on_irreversible="route", on_finish="route")
AFTER_TOOLS = OCCASIONS["agent"] | OCCASIONS["error"] | OCCASIONS["stall"] | OCCASIONS["confidence"]
AFTER_AGENT = OCCASIONS["irreversible"] | OCCASIONS["finish"]


@pytest.mark.parametrize(
    ("without", "trigger"),
    [
        ({}, "agent"),
        ({"is_asking": False}, "error"),
        ({"is_asking": False, "errors": ()}, "stall"),
        ({"is_asking": False, "errors": (), "idle_steps": 0}, "confidence"),
    ],
)
def test_a_question_goes_before_an_error_a_stall_and_doubt(without: dict[str, Any], trigger: str) -> None:
    decision = decide(Situation.model_validate({"step": 2, "tries": 2} | AFTER_TOOLS | without), ALL_ON)
    assert decision is not None
    assert decision.trigger == trigger


@pytest.mark.parametrize(
    ("more", "trigger"),
    [
        ({}, "irreversible"),
        ({"irreversible": ()}, "finish"),
        ({"is_asking": True}, "irreversible"),
        ({"is_asking": True, "has_calls": False}, "agent"),
    ],
)
def test_a_question_alone_goes_before_a_call_that_cannot_be_undone_and_one_beside_calls_after_it(
    more: dict[str, Any], trigger: str
) -> None:
    decision = decide(Situation.model_validate({"step": 2, "tries": 2} | AFTER_AGENT | more), ALL_ON)
    assert decision is not None
    assert decision.trigger == trigger


def test_who_asks_beside_a_call_that_cannot_be_undone_gets_an_answer_and_no_hint() -> None:
    situation = Situation.model_validate({"step": 2, "tries": 2, "is_asking": True} | OCCASIONS["irreversible"])
    decision = decide(situation, Policy(on_irreversible="nudge"))
    assert decision is not None
    assert (decision.trigger, decision.reaction) == ("irreversible", "route")


def test_an_occasion_that_is_off_leaves_the_next_one_to_be_found() -> None:
    situation = Situation.model_validate({"step": 2, "tries": 2} | AFTER_TOOLS | {"is_asking": False})
    decision = decide(situation, Policy(on_error="off", on_stall="nudge"))
    assert decision is not None
    assert (decision.trigger, decision.reaction) == ("stall", "nudge")


@pytest.mark.parametrize("place", ["after_agent", "after_tools"])
def test_each_occasion_has_its_place(place: Any) -> None:
    elsewhere = AFTER_TOOLS | AFTER_AGENT | {"is_asking": False, "place": place, "step": 1, "tries": 1}
    decision = decide(Situation.model_validate(elsewhere), ALL_ON)
    assert decision is not None
    assert decision.trigger == ("irreversible" if place == "after_agent" else "error")


@pytest.mark.parametrize(
    ("counted", "limits", "reason"),
    [
        ({"idle_steps": 5}, {}, "5 steps without progress"),
        ({"idle_steps": 4}, {}, None),
        ({"idle_steps": 9}, {"stall_steps": None}, None),
        ({"repeated_calls": 3}, {}, "3 times in a row the same call brought the same answer"),
        ({"repeated_calls": 2}, {}, None),
        ({"malformed_turns": 2}, {}, "2 turns in a row were empty or could not be read"),
        ({"malformed_turns": 1}, {}, None),
        ({"unchanged_steps": 99, "steps_since_advice": 99}, {}, None),
        ({"unchanged_steps": 4}, {"unchanged_steps": 4}, "4 steps without a change of the database"),
        ({"steps_since_advice": 6}, {"steps_since_advice": 6}, "6 steps since the start or the last advice"),
    ],
)
def test_a_stall_is_any_measure_that_reaches_its_limit(
    counted: dict[str, int], limits: dict[str, Any], reason: str | None
) -> None:
    situation = Situation.model_validate({"place": "after_tools", "step": 9, "tries": 9} | counted)
    decision = decide(situation, Policy.model_validate(limits))
    assert (decision.reason if decision else None) == reason


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("reaction", ["route", "nudge", "off"])
@pytest.mark.parametrize("counted", ["errors_in_a_row", "stall_steps", "repeated_calls", "malformed_turns"])
def test_help_is_brought_up_when_a_counter_reaches_its_limit_and_never_over_one_that_has_none(
    counted: str, reaction: str, count: int
) -> None:
    fields: dict[str, Any] = {{"stall_steps": "idle_steps"}.get(counted, counted): count}
    if counted == "errors_in_a_row" and count:
        fields["errors"] = ("get: rejected",)
    situation = Situation.model_validate({"place": "after_tools", "step": 7, "tries": 1, **fields})
    policy = Policy.model_validate({counted: 3, "on_error": reaction, "on_stall": reaction})
    counter = counters_of(situation, policy)[counted]
    assert counter.count == count
    assert (counter.limit is not None and count >= counter.limit) == (decide(situation, policy) is not None)


def test_so_many_errors_in_a_row_as_the_policy_says_are_one_reason() -> None:
    situation = Situation(place="after_tools", step=4, tries=4, errors=("get: rejected",), errors_in_a_row=2)
    assert decide(situation, Policy(errors_in_a_row=3)) is None
    decision = decide(situation, Policy(errors_in_a_row=2))
    assert decision is not None
    assert decision.reason == "the last 2 steps met errors: get: rejected"


def test_a_situation_is_counted_with_the_filters_of_the_policy() -> None:
    turn = Turn(calls=(Call(tool="delete_user", arguments={"id": 1}), Call(tool="get")), has_calls=True, confidence=0.2)
    refused = ToolOutcome(name="get", arguments={}, kind="rejected", text="no", step=1)
    policy = Policy(error_kinds=("server_error",), irreversible_tools=("*_user",))
    situation = situation_of(History(steps=1, calls=(refused,), turn=turn), policy, place="after_agent", is_asking=True)
    assert situation == Situation(
        place="after_agent",
        step=1,
        tries=1,
        is_asking=True,
        has_calls=True,
        idle_steps=1,
        repeated_calls=1,
        unchanged_steps=1,
        steps_since_advice=1,
        confidence=0.2,
        irreversible=('delete_user {"id": 1}',),
    )


def consultation(number: int, step: int, *, seconds: float = 0.0, tokens: int = 0, cost: float = 0.0) -> Any:
    return ConsultationRecord(
        number=number,
        trigger="agent",
        reason="",
        step=step,
        after_calls=0,
        expert="dynamic",
        model="openai:big",
        tier="schema",
        advice=Advice(),
        latency_seconds=seconds,
        usage=Usage(model_calls=1, input_tokens=tokens, cost_usd=cost),
    )


def test_a_consultation_may_take_what_the_others_left_of_the_time() -> None:
    history = History(steps=2, consultations=(consultation(1, 1, seconds=4), consultation(2, 2, seconds=7)))
    assert seconds_left(history, Policy()) is None
    assert seconds_left(history, Policy(max_expert_seconds=15)) == 4
    assert seconds_left(history, Policy(max_expert_seconds=10)) == 0


def test_a_decision_is_what_the_records_keep() -> None:
    decision = decide(Situation.model_validate({"step": 7, "tries": 1} | OCCASIONS["error"]), Policy())
    assert decision == Decision(step=7, trigger="error", reaction="route", reason=REASONS["error"])
