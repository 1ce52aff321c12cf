"""When an expert is brought in, as tables over what an agent did."""

from typing import Any

import pytest

from awm_langgraph.episode import ToolOutcome
from awm_langgraph.experts.triggers import (
    Counters,
    Escalation,
    History,
    Triggers,
    errors_of_last_step,
    escalation,
    idle_steps,
)

QUIET = {"is_asked": False, "consultations": 0, "errors": (), "idle_steps": 0}
ERROR = Escalation(trigger="error", reason="the last step met an error: get: rejected, put: timeout")
STALL = Escalation(trigger="stall", reason="7 steps without progress")
ASKED = Escalation(trigger="agent", reason="the agent asked")


def call(step: int, kind: Any = "ok", *, name: str = "get", changed: bool = False, text: str = "") -> ToolOutcome:
    return ToolOutcome(name=name, arguments={}, kind=kind, text=text, changed=changed, step=step)


@pytest.mark.parametrize(
    ("counted", "triggers", "expected"),
    [
        ({}, {}, None),
        ({"is_asked": True}, {}, ASKED),
        ({"is_asked": True, "errors": ("get: rejected",), "idle_steps": 9}, {}, ASKED),
        ({"is_asked": True, "consultations": 3}, {}, ASKED),
        ({"errors": ("get: rejected", "put: timeout"), "idle_steps": 9}, {}, ERROR),
        ({"errors": ("get: rejected",)}, {"escalate_on_error": False}, None),
        ({"errors": ("get: rejected",), "idle_steps": 7}, {"escalate_on_error": False}, STALL),
        ({"errors": ("get: rejected",), "idle_steps": 7, "consultations": 3}, {}, None),
        ({"idle_steps": 7, "consultations": 2}, {}, STALL),
        ({"idle_steps": 7, "consultations": 1}, {"max_consultations": 1}, None),
        ({"idle_steps": 4}, {}, None),
        ({"idle_steps": 7}, {"stall_steps": 8}, None),
        ({"idle_steps": 7}, {"stall_steps": 7}, STALL),
    ],
)
def test_a_question_goes_before_an_error_and_an_error_before_a_stall_within_the_budget(
    counted: dict[str, Any], triggers: dict[str, Any], expected: Escalation | None
) -> None:
    assert escalation(Counters.model_validate(QUIET | counted), Triggers.model_validate(triggers)) == expected


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
    assert idle_steps(History(steps=6, calls=tuple(calls))) == idle


def test_advice_starts_the_count_of_idle_steps_again() -> None:
    calls = tuple(call(n) for n in range(1, 7))
    assert idle_steps(History(steps=6, calls=calls, advised_at=(0, 4))) == 2
    assert idle_steps(History(steps=6, calls=calls, advised_at=(6,))) == 0


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
    assert errors_of_last_step(History(steps=2, calls=(call(2, kind),))) == errors


def test_an_error_counts_in_the_step_just_made_until_advice_was_given_for_it() -> None:
    calls = (call(1, "rejected"), call(2, "invalid_action", name=""), call(2))
    assert errors_of_last_step(History(steps=2, calls=calls)) == ("the turn: invalid_action",)
    assert errors_of_last_step(History(steps=2, calls=calls, advised_at=(1,))) == ("the turn: invalid_action",)
    assert errors_of_last_step(History(steps=2, calls=calls, advised_at=(2,))) == ()
    assert errors_of_last_step(History(steps=3, calls=calls)) == ()
