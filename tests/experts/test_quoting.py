"""Telling the code that checks a task from words about it."""

import pytest

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.quoting import LEFT_OUT, quotes, quoting_parts, telling_pieces, without_quotes

CODE = '''
def verify_task(initial_db_path, final_db_path, final_answer=None):
    """Update the trigger of workflow 4 as the task says."""
    query = """
        SELECT name
        FROM triggers WHERE kind LIKE ?
    """
    row = connection.execute(query, ("%schedule%",)).fetchone()
    return {"result": "complete" if row["name"] == "Nightly" else "others"}
'''
PIECES = telling_pieces(CODE)


@pytest.mark.parametrize(
    "text",
    [
        'row = connection.execute(query, ("%schedule%",)).fetchone()',
        'it does connection.execute(query, ("%schedule%",)).fetchone() and then',
        'it returns {"result": "complete" if row["name"]\n    == "Nightly" else "others"}',
        "the query is SELECT name FROM triggers WHERE kind LIKE ?",
        "def verify_task(initial_db_path, final_db_path, final_answer=None):",
    ],
)
def test_lines_parts_of_lines_and_queries_are_quotations(text: str) -> None:
    assert quotes(text, PIECES)


@pytest.mark.parametrize(
    "text",
    [
        "Update the trigger of workflow 4 as the task says.",
        "The trigger must be called Nightly and its kind must contain schedule.",
        "final_answer",
        "",
    ],
)
def test_words_about_the_same_facts_are_none(text: str) -> None:
    assert not quotes(text, PIECES)


def test_what_the_agent_can_read_anyway_is_no_quotation() -> None:
    comment = "# Create a trigger (kind schedule) for the workflow 'Invoices'"
    assert telling_pieces(comment) != ()
    assert telling_pieces(comment, public_text=f"Do this: {comment}") == ()


def test_code_that_is_no_python_is_still_recognised_by_its_lines() -> None:
    assert telling_pieces("def broken(:\n  SELECT count(*) FROM triggers WHERE id = 4") == (
        "SELECT count(*) FROM triggers WHERE id = 4",
    )


def test_quotations_are_marked_wherever_they_stand() -> None:
    line = 'row = connection.execute(query, ("%schedule%",)).fetchone()'
    advice = Advice(
        plan=(PlanStep(tool="note", arguments={"text": [f"see {line}", 4], line: None}, why=line),),
        pitfalls=("no code", line.replace(" ", "\n  ")),
        notes="fine",
    )

    assert quoting_parts(advice, PIECES) == ("plan", "pitfalls")
    assert without_quotes(advice, PIECES) == Advice(
        plan=(PlanStep(tool="note", arguments={"text": [f"see {LEFT_OUT}", 4], LEFT_OUT: None}, why=LEFT_OUT),),
        pitfalls=("no code", LEFT_OUT),
        notes="fine",
    )
