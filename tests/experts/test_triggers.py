"""What is counted of what an agent did, as tables."""

from typing import Any

import pytest

from awm_langgraph.episode import Advice, Call, CallKind, ConsultationRecord, Decision, ToolOutcome, Usage
from awm_langgraph.experts import triggers
from awm_langgraph.experts.triggers import History, Spent, Turn

READ, DELETE = Call(tool="get"), Call(tool="delete_user", arguments={"id": 1})


def call(
    step: int, kind: Any = "ok", *, name: str = "get", text: str = "", changed: bool = False, is_lookup: bool = False
) -> ToolOutcome:
    return ToolOutcome(name=name, arguments={}, kind=kind, text=text, changed=changed, step=step, is_lookup=is_lookup)


def consulted(step: int, usage: Usage | None = None, seconds: float = 0.0) -> ConsultationRecord:
    return ConsultationRecord(
        number=1,
        trigger="error",
        reason="",
        step=step,
        after_calls=0,
        expert="dynamic",
        model="openai:big",
        tier="schema",
        advice=Advice(),
        usage=usage or Usage(),
        latency_seconds=seconds,
    )


def decided(step: int, reaction: Any, trigger: Any = "stall") -> Decision:
    return Decision(step=step, trigger=trigger, reaction=reaction, reason="")


def after(*calls: ToolOutcome, steps: int = 6, **more: Any) -> History:
    return History(steps=steps, calls=calls, **more)


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
def test_progress_is_a_change_or_an_answer_that_is_new(calls: list[ToolOutcome], idle: int) -> None:
    assert triggers.idle_steps(after(*calls)) == idle


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ({}, 6),
        ({"consultations": (consulted(4),)}, 2),
        ({"consultations": (consulted(6),)}, 0),
        ({"decisions": (decided(4, "nudge"),)}, 2),
        ({"decisions": (decided(4, "refuse"),)}, 6),
        ({"spoken_at": (0, 5)}, 1),
        ({"began_at": 3}, 3),
        ({"began_at": 3, "consultations": (consulted(5),), "decisions": (decided(4, "nudge"),)}, 1),
    ],
)
def test_who_speaks_to_the_agent_starts_every_count_again_and_a_refusal_does_not(
    more: dict[str, Any], since: int
) -> None:
    calls = [call(n, "rejected") for n in range(1, 7)]
    history = after(*calls, **more)
    assert triggers.steps_since_advice(history) == since
    assert triggers.idle_steps(history) == since
    assert triggers.unchanged_steps(history) == since
    assert triggers.repeated_calls(history) == since
    assert triggers.errors_in_a_row(history) == since
    assert bool(triggers.errors_of_last_step(history)) is (since > 0)


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("ok", ()),
        ("tool_not_found", ("get: tool_not_found",)),
        ("invalid_args", ("get: invalid_args",)),
        ("rejected", ("get: rejected",)),
        ("server_error", ("get: server_error",)),
        ("timeout", ()),
        ("environment_error", ()),
    ],
)
def test_the_agents_errors_count_and_failures_of_ours_do_not(kind: str, errors: tuple[str, ...]) -> None:
    assert triggers.errors_of_last_step(after(call(2, kind), steps=2)) == errors


def test_only_the_chosen_kinds_of_error_count() -> None:
    history = after(call(1, "rejected"), call(1, "invalid_args", name="put"), steps=1)
    chosen: list[CallKind] = ["invalid_args"]
    others: list[CallKind] = ["server_error"]
    assert triggers.errors_of_last_step(history, chosen) == ("put: invalid_args",)
    assert triggers.errors_of_last_step(history, others) == ()
    assert triggers.errors_in_a_row(history, others) == 0


def test_an_error_counts_in_the_step_just_made() -> None:
    calls = (call(1, "rejected"), call(2, "invalid_action", name=""), call(2))
    assert triggers.errors_of_last_step(after(*calls, steps=2)) == ("the turn: invalid_action",)
    assert triggers.errors_of_last_step(after(*calls, steps=3)) == ()
    assert triggers.errors_in_a_row(after(*calls, steps=3)) == 0


@pytest.mark.parametrize(
    ("kinds", "in_a_row"),
    [
        (["rejected", "ok", "rejected"], 1),
        (["ok", "rejected", "invalid_args"], 2),
        (["rejected", "rejected", "ok"], 0),
        (["rejected", "timeout", "rejected"], 1),
    ],
)
def test_errors_in_a_row_end_at_a_step_without_one(kinds: list[str], in_a_row: int) -> None:
    calls = [call(step, kind) for step, kind in enumerate(kinds, start=1)]
    assert triggers.errors_in_a_row(after(*calls, steps=3)) == in_a_row


def test_a_look_up_is_neither_a_try_nor_an_end_of_errors_in_a_row() -> None:
    calls = (call(1, "rejected"), call(2, is_lookup=True), call(3, "rejected"))
    assert triggers.errors_in_a_row(after(*calls, steps=3)) == 2
    assert triggers.tries(after(*calls, steps=3)) == 2
    assert triggers.tries(after(call(1, is_lookup=True), steps=1)) == 0


def test_tries_are_the_calls_of_the_present_request_failed_ones_among_them_and_no_empty_turn() -> None:
    calls = (call(1), call(2, "invalid_action", name=""), call(2))
    assert triggers.tries(after(*calls, steps=2)) == 2
    assert triggers.tries(after(*calls, steps=2, began_at=1)) == 1
    assert triggers.tries(after(*calls, steps=2, began_at=2)) == 0


@pytest.mark.parametrize(
    ("calls", "repeated"),
    [
        ([], 0),
        ([call(1), call(2), call(3)], 3),
        ([call(1), call(2, text="new"), call(3, text="new")], 2),
        ([call(1), call(2, name="list"), call(3)], 1),
        ([call(1, "rejected"), call(2, "rejected"), call(3, "rejected")], 3),
        ([call(1, changed=True), call(2, changed=True), call(3, changed=True)], 0),
        ([call(1), call(2)], 0),
    ],
)
def test_a_repeat_is_the_same_call_with_the_same_answer_and_nothing_changed(
    calls: list[ToolOutcome], repeated: int
) -> None:
    assert triggers.repeated_calls(after(*calls, steps=3)) == repeated


def test_the_same_call_on_another_record_is_no_repeat() -> None:
    calls = [call(n).model_copy(update={"arguments": {"id": n}}) for n in range(1, 7)]
    assert triggers.repeated_calls(after(*calls)) == 1
    assert triggers.idle_steps(after(*calls)) == 0


def test_steps_without_a_change_are_counted_from_the_last_one() -> None:
    assert triggers.unchanged_steps(after(call(1), call(2, changed=True), call(3, text="new"))) == 4
    assert triggers.unchanged_steps(after(call(2, changed=True), spoken_at=(5,))) == 1


def test_malformed_turns_are_those_of_which_nothing_can_be_read() -> None:
    bad = [call(n, "invalid_action") for n in (1, 2)]
    assert triggers.malformed_turns(after(*bad, steps=2)) == 2
    assert triggers.malformed_turns(after(*bad, call(2), steps=2)) == 0
    assert triggers.malformed_turns(after(*bad, call(3), steps=3)) == 0


def test_what_consultations_used_is_added_up_and_an_unknown_cost_stays_unknown() -> None:
    known = consulted(1, Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.25), seconds=1.5)
    unknown = consulted(2, Usage(model_calls=1, input_tokens=1, cost_usd=None), seconds=1)
    assert triggers.spent(after()) == Spent()
    assert triggers.spent(after(consultations=(known, known))) == Spent(
        consultations=2, tokens=30, cost_usd=0.5, seconds=3
    )
    assert triggers.spent(after(consultations=(known, unknown))).cost_usd is None


def test_the_cooldown_counts_from_the_last_consultation() -> None:
    assert triggers.steps_since_consultation(after()) is None
    assert triggers.steps_since_consultation(after(consultations=(consulted(1), consulted(4)))) == 2


@pytest.mark.parametrize(
    ("patterns", "held", "found"),
    [
        (("delete_*",), (), (DELETE,)),
        (("*user",), (), (DELETE,)),
        (("*",), (), (READ, DELETE)),
        (("delete",), (), ()),
        (("DELETE_*",), (), ()),
        (("delete_*",), (DELETE,), ()),
        (("delete_*",), (Call(tool="delete_user", arguments={"id": 2}),), (DELETE,)),
    ],
)
def test_a_call_that_cannot_be_undone_is_found_by_its_name_unless_it_was_held_back_before(
    patterns: tuple[str, ...], held: tuple[Call, ...], found: tuple[Call, ...]
) -> None:
    history = after(turn=Turn(calls=(READ, DELETE), has_calls=True), held=held)
    assert triggers.irreversible_calls(history, patterns) == found


FINISHING = Turn(is_final=True)


@pytest.mark.parametrize(
    ("history", "is_unchecked"),
    [
        (after(call(6), turn=FINISHING), True),
        (after(call(6)), False),
        (after(call(6), turn=FINISHING, decisions=(decided(6, "route", "finish"),)), False),
        (after(call(6), turn=FINISHING, decisions=(decided(6, "nudge", "finish"),)), False),
        (after(call(6), turn=FINISHING, decisions=(decided(6, "refuse", "finish"),)), True),
        (after(call(6), turn=FINISHING, decisions=(decided(6, "route", "error"),)), True),
        (after(call(6), turn=FINISHING, decisions=(decided(5, "route", "finish"),)), True),
        (after(call(6, is_lookup=True), turn=FINISHING, decisions=(decided(5, "route", "finish"),)), False),
        (after(steps=0, turn=FINISHING, decisions=(decided(0, "route", "finish"),)), False),
        (after(steps=0, turn=FINISHING), True),
    ],
)
def test_a_wish_to_finish_is_unchecked_until_it_was_brought_up_after_the_last_call(
    history: History, is_unchecked: bool
) -> None:
    assert triggers.is_unchecked_finish(history) is is_unchecked
