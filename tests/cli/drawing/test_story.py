"""Events as lines, drawn into memory."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from awm_langgraph.cli.drawing.story import Story, draw_header
from awm_langgraph.cli.terminal import show
from awm_langgraph.episode import (
    Advice,
    ConsultationRecord,
    Decision,
    PlanStep,
    Provenance,
    Reward,
    SeedProblem,
    Task,
    ToolOutcome,
    Value,
    Verdict,
)

REAL = {"agent": "openai:small", "expert": "openai:large"}
SCRIPTS = {"agent": "scripted:novice", "expert": "scripted:expert"}


def _told(*events: Mapping[str, Any], models: Mapping[str, str] = REAL, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    story = Story(models)
    for event in events:
        show(console, story.draw(event))
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


def _event(kind: str, value: Value) -> dict[str, Any]:
    return {"type": kind, **value.model_dump(mode="json")}


def _turn(step: int, text: str, *calls: dict[str, Any]) -> dict[str, Any]:
    return {"type": "turn", "step": step, "text": text, "is_final": False, "message": {"data": {"tool_calls": calls}}}


def _call(**fields: Any) -> dict[str, Any]:
    return _event(
        "call", ToolOutcome.model_validate({"name": "add", "arguments": {}, "kind": "ok", "text": "", **fields})
    )


def test_a_step_s_label_stands_once_beside_the_first_of_its_lines() -> None:
    told = _told(_turn(1, ""), _call(text="one"), _call(text="two"), _turn(2, "I look."), _call(text="three"))
    assert told == (
        "step 1     add\n             one\n           add\n             two\n"
        "step 2     I look.\n           add\n             three"
    )


def test_a_call_is_shown_with_its_arguments_and_whether_it_changed_the_database() -> None:
    told = _told(_call(arguments={"id": 4, "name": "x"}, text='{\n "id": 4\n}', changed=True))
    assert 'add {"id": 4, "name": "x"}' in told
    assert '{"id": 4}  (database changed)' in told


def test_the_rows_that_a_call_changed_are_shown_below_it() -> None:
    tables = {
        "comments": {"inserted": 1, "updated": 0, "deleted": 0},
        "tickets": {"inserted": 0, "updated": 1200, "deleted": 2},
    }
    told = _told(_call(text="done", changed=True), {"type": "change", "step": 1, "tables": tables, "note": ""})
    assert told.splitlines()[1:] == [
        "             done  (database changed)",
        "             rows: comments 1 inserted; tickets 1,200 updated, 2 deleted",
    ]
    assert "rows: none differs" in _told({"type": "change", "tables": {}, "note": ""})
    assert "rows: not compared: too large" in _told({"type": "change", "tables": {}, "note": "not compared: too large"})


def test_counters_are_for_those_who_ask_for_them() -> None:
    assert _told({"type": "progress", "step": 1, "counters": {}}) == ""


def test_an_error_is_shown_with_its_kind() -> None:
    assert "tool_not_found  Unknown tool: verify" in _told(
        _call(name="verify", kind="tool_not_found", text="Unknown tool: verify")
    )


def test_a_turn_that_calls_nothing_is_shown_as_no_call() -> None:
    assert "(no call)" in _told(_turn(1, ""), _call(name="", kind="invalid_action", text="Your turn was empty."))


def test_a_long_result_is_cut_and_says_so() -> None:
    told = _told(_call(text="word " * 200))
    assert "more characters)" in " ".join(told.split())
    assert len(told) < 500


def test_what_a_tool_answers_is_shown_as_it_is_and_not_obeyed() -> None:
    told = _told(_call(text="[red]x[/red] \x1b[2J[/] :bomb: [link=http://x]y[/link]"))
    assert "[red]x[/red] [/] :bomb: [link=http://x]y[/link]" in told


def test_a_question_to_the_expert_is_shown() -> None:
    told = _told(_turn(3, "", {"name": "ask_expert", "args": {"question": "Which\nid?"}}))
    assert told == "step 3     asks the expert  Which id?"


def test_a_consultation_shows_who_why_and_what() -> None:
    record = ConsultationRecord(
        number=2,
        trigger="stall",
        reason="5 steps without progress",
        step=5,
        after_calls=4,
        expert="dynamic",
        model="scripted:expert",
        tier="criteria",
        advice=Advice(
            plan=(PlanStep(tool="add", arguments={"id": 4}, why="It is missing."),),
            must_hold=("Record 4 exists.",),
            pitfalls=("Not twice.",),
            notes="Be quick.",
            final_answer="Added.",
        ),
        complaints=("step 1: no such argument",),
        leaks=("42",),
    )
    lines = [line.strip("│ ") for line in _told({**_event("consultation", record), "text": "read"}).splitlines()]
    assert "expert's advice 2, trigger: stall" in lines[0]
    assert lines[1:-1] == [
        "knows   what the agent saw, every tool, and what the verifier looks for",
        "from    scripted:expert  (scripted)  dynamic",
        "why     5 steps without progress",
        "leaks   - 42",
        'plan    1. add {"id": 4}',
        "It is missing.",
        "wrong   - step 1: no such argument",
        "goal    - Record 4 exists.",
        "mind    - Not twice.",
        "notes   Be quick.",
        "answer  Added.",
    ]


def test_a_decision_is_shown_unless_a_consultation_tells_of_it() -> None:
    hint = Decision(step=2, trigger="finish", reaction="nudge", reason="the agent is about to finish")
    assert _told(_event("decision", hint)).strip() == "is told that it may ask  finish: the agent is about to finish"
    refusal = hint.model_copy(update={"reaction": "refuse"})
    assert _told(_event("decision", refusal)).strip() == "gets no help  finish: the agent is about to finish"
    assert _told(_event("decision", hint.model_copy(update={"reaction": "route"}))) == ""


def test_what_was_repaired_in_a_call_is_shown() -> None:
    call = ToolOutcome(name="get", arguments={"id": 4}, kind="ok", text="x", repairs=('id: "4" read as 4',))
    assert 'repaired: id: "4" read as 4' in _told(_event("call", call))


def test_an_expert_that_failed_is_shown_with_its_error() -> None:
    record = ConsultationRecord(
        number=1,
        trigger="agent",
        reason="the agent asked",
        step=1,
        after_calls=0,
        expert="dynamic",
        model="openai:x",
        tier="criteria",
        advice=Advice(),
        error="the model gave no answer",
    )
    told = _told(_event("consultation", record))
    assert "error   the model gave no answer" in told
    assert "plan" not in told


def test_failed_seed_statements_are_shown_and_those_beyond_a_few_counted() -> None:
    problem = SeedProblem(scenario="s", table="notes", statement="INSERT ...", reason="UNIQUE failed").model_dump()
    told = _told({"type": "reset", "tools": 7, "error": "", "seed_problems": [problem] * 7})
    assert "tools      7" in told
    assert "seed       7 seed statements failed; their rows are missing" in told
    assert told.count("notes: UNIQUE failed: INSERT ...") == 5
    assert "... and 2 more" in told


def test_the_end_shows_verdict_control_and_reward_with_its_parts() -> None:
    verdict = Verdict(outcome="complete", result="complete", control="others")
    reward = Reward(environment=1.0, shaped=1.3, parts={"environment": 1.0, "recovery": 0.3}, pattern="recovery")
    end = {"type": "verdict", "error": "", "stop_reason": "step_limit"}
    told = _told({**end, "verdict": verdict.model_dump(), "reward": reward.model_dump()}, models=SCRIPTS)
    assert "stopped    step_limit" in told
    assert "verdict    complete  (scripted)" in told
    assert "the verifier says: complete; on an untouched database: others" in told
    assert "shaped 1.3 = environment 1 + recovery 0.3  pattern recovery" in told


def test_an_end_without_a_reward_says_why_there_is_none() -> None:
    verdict = Verdict(outcome="model_error", result="others", control="others")
    reward = Reward(environment=None, shaped=None, parts={}, pattern="unhelped")
    end = {"type": "verdict", "error": "the key is wrong", "stop_reason": "model_error"}
    told = _told({**end, "verdict": verdict.model_dump(), "reward": reward.model_dump()})
    assert "error      the key is wrong" in told
    assert "the model's service failed: this says nothing about the agent" in told
    assert "environment none" in told
    assert "(scripted)" not in told


def test_a_script_in_one_role_is_named_and_the_result_is_not_called_a_script_s() -> None:
    verdict = Verdict(outcome="complete", result="complete", control="others")
    reward = Reward(environment=1.0, shaped=1.0, parts={}, pattern="solo")
    end = {"type": "verdict", "error": "", "stop_reason": "final_answer"}
    models = {"agent": "openai:small", "expert": "scripted:expert"}
    told = _told({**end, "verdict": verdict.model_dump(), "reward": reward.model_dump()}, models=models)
    assert "verdict    complete  (scripted expert)\n" in told
    assert "no model's" not in told


@pytest.mark.parametrize(("of_verdict", "times"), [("it broke", 1), ("it broke too", 2)])
def test_a_failure_that_the_verdict_repeats_is_told_once(of_verdict: str, times: int) -> None:
    verdict = Verdict(outcome="environment_error", error=of_verdict)
    reward = Reward(environment=None, shaped=None, parts={}, pattern="unhelped")
    end = {"type": "verdict", "error": "it broke", "stop_reason": "environment_error"}
    told = _told({**end, "verdict": verdict.model_dump(), "reward": reward.model_dump()})
    assert told.count("it broke") == times


def test_the_header_marks_scripts_and_nothing_else() -> None:
    provenance = Provenance(
        version="1",
        catalog_fingerprint="f",
        prompts={},
        models={"agent": "openai:small", "expert": "scripted:expert"},
        condition="dynamic",
        seed=3,
    )
    task = Task(catalog="bundled", scenario="desk", task_idx=None, instruction="Do [it].\nNow.")
    console = Console(file=io.StringIO(), width=80, markup=False)
    show(console, draw_header(task, provenance))
    output = console.file
    assert isinstance(output, io.StringIO)
    lines = [line.rstrip() for line in output.getvalue().splitlines() if line.strip()]
    assert lines == [
        "desk, own instruction",
        "Do [it].",
        "Now.",
        "agent      openai:small",
        "expert     scripted:expert  (scripted)  dynamic",
        "catalog    bundled",
        "seed       3",
    ]
