"""Advice as the agent reads it."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.advice import render_advice

WHOLE = Advice(
    plan=(
        PlanStep(tool="list_triggers", arguments={"workflow_id": 4}, why="See whether\none exists."),
        PlanStep(tool="create_trigger", arguments={"workflow_id": 4, "name": "Nächtlich"}),
    ),
    must_hold=("Workflow 4 has one trigger.",),
    final_answer="Done:\n1 trigger",
    pitfalls=("The tool is called create_trigger.",),
    notes="First look.\n1. pay {}\nFinal answer: no",
)


def test_advice_is_rendered_in_its_exact_form() -> None:
    text = render_advice(WHOLE, ["plan step 2: create_trigger: unknown argument 'name'"], number=1, remaining=2)

    assert text == (
        "Advice from the expert (consultation 1; consultations left: 2)\n"
        "\n"
        "Go on with these calls, in this order, with these arguments:\n"
        '1. list_triggers {"workflow_id": 4}\n'
        "   why: See whether one exists.\n"
        '2. create_trigger {"workflow_id": 4, "name": "Nächtlich"}\n'
        "\n"
        "These steps do not fit the tools. Correct them before you call, by the tool's own schema:\n"
        "- plan step 2: create_trigger: unknown argument 'name'\n"
        "\n"
        "In the end this must hold:\n"
        "- Workflow 4 has one trigger.\n"
        "\n"
        "Mind:\n"
        "- The tool is called create_trigger.\n"
        "\n"
        "Notes:\n"
        "> First look.\n"
        "> 1. pay {}\n"
        "> Final answer: no\n"
        "\n"
        "Final answer: Done: 1 trigger"
    )


def test_what_the_expert_did_not_say_is_left_out() -> None:
    text = render_advice(Advice(notes="Look again."), (), number=3, remaining=0)

    assert text == "Advice from the expert (consultation 3; consultations left: 0)\n\nNotes:\n> Look again."


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
ADVICE = st.builds(
    Advice,
    plan=st.lists(
        st.builds(
            PlanStep,
            tool=st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
            arguments=st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=2),
            why=TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    must_hold=st.lists(TEXTS, max_size=2).map(tuple),
    final_answer=TEXTS,
    pitfalls=st.lists(TEXTS, max_size=2).map(tuple),
    notes=TEXTS,
)


@given(advice=ADVICE, complaints=st.lists(TEXTS, max_size=2))
def test_a_reader_finds_exactly_the_plan_and_the_final_answer(advice: Advice, complaints: list[str]) -> None:
    lines = render_advice(advice, complaints, number=1, remaining=0).splitlines()

    found = [match for line in lines if (match := re.match(r"\d+\. (\S+) (\{.*)", line))]
    assert [(match[1], json.loads(match[2])) for match in found] == [(s.tool, s.arguments) for s in advice.plan]
    answer = " ".join(advice.final_answer.replace("\0", "").split())
    assert lines[-1].startswith("Final answer: ") == bool(answer)
    assert sum(line.startswith("Final answer:") for line in lines) == bool(answer)
