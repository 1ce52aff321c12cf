"""Literals that only the verifier could have supplied."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.leaks import leaked_literals

CODE = '''
def verify_task(initial_db_path, final_db_path, final_answer=None):
    """Order 1042 of Ada Lovelace becomes archived."""
    row = db.execute("SELECT * FROM orders WHERE status = 'archived' AND id = 1042").fetchone()
    total = round(row["total"], 2)
    if row["due"] != "2024-05-01" or row["customer"] != "Ada Lovelace" or row["quantity"] != 3:
        return {"result": "others"}
    return {"result": "complete" if total == 4512.5 and "1042" in final_answer else "others"}
'''


def step(**arguments: Any) -> Advice:
    return Advice(plan=(PlanStep(tool="update", arguments=arguments),))


@pytest.mark.parametrize(
    ("advice", "leaks"),
    [
        (step(id=1042), ("1042",)),
        (step(id="1042"), ("1042",)),
        (step(quantity=3), ("3",)),
        (step(order={"quantity": "3"}), ("3",)),
        (step(line_quantity=3), ("3",)),
        (step(total=4512.50), ("4512.5",)),
        (step(order={"lines": [{"due": "2024-05-01"}]}), ("2024-05-01",)),
        (step(status="archived"), ("archived",)),
        (step(note="for Ada  Lovelace"), ("ada lovelace",)),
        (Advice(final_answer="The total is 4,512.50 dollars."), ("4,512.50",)),
        (Advice(notes="The customer is Ada Lovelace."), ("ada lovelace",)),
        (Advice(must_hold=("The order's due date is 2024-05-01.",)), ("2024-05-01",)),
        (Advice(pitfalls=("not 'archived'",)), ("archived",)),
        (Advice(plan=(PlanStep(tool="get", why="order 1042"),)), ("1042",)),
    ],
)
def test_values_of_the_verifiers_are_found_in_arguments_and_in_prose(advice: Advice, leaks: tuple[str, ...]) -> None:
    assert leaked_literals(advice, verifier_code=CODE, visible_text="Archive the order.") == leaks


@pytest.mark.parametrize(
    "advice",
    [
        step(id=3, days=2, port=7),
        step(id=7, is_done=True, kind=None, limit=10, page=1, offset=0),
        step(name="Grace", status="open"),
        step(sort_by="total", column="status"),
        Advice(must_hold=("Exactly 3 orders have the status that the task asks for; the result is complete.",)),
        Advice(notes="Take 3 steps, then 2 more."),
        Advice(),
    ],
)
def test_commonplace_values_and_those_the_verifier_does_not_know_are_none(advice: Advice) -> None:
    assert leaked_literals(advice, verifier_code=CODE, visible_text="") == ()


@pytest.mark.parametrize(
    ("advice", "visible"),
    [
        (step(id=1042), "Archive order 1042."),
        (step(id=1042), '{"id":1042,"ids":[7,1042]}'),
        (step(id=1042), "[7,1042,9]"),
        (step(total=4512.5), "it comes to 4,512.50"),
        (step(total=4512.5), '{"total": 4512.500}'),
        (step(due="2024-05-01"), '{\\"due\\": \\"2024-05-01T00:00:00\\"}'),
        (step(customer="Ada Lovelace"), '"customer": "ada\\nlovelace"'),
        (step(customer="Ada Lovelace"), '"customer": "\\u0041da Lovelace"'),
    ],
)
def test_what_the_agent_could_see_is_no_leak_in_whatever_notation(advice: Advice, visible: str) -> None:
    assert leaked_literals(advice, verifier_code=CODE, visible_text=visible) == ()


def test_a_number_is_not_seen_inside_another_one() -> None:
    assert leaked_literals(step(id=1042), verifier_code=CODE, visible_text="call 10425 or A1042") == ("1042",)


def test_criteria_in_words_count_as_the_verifiers() -> None:
    criteria = ["The order 1042 has the status archived and the customer 'Ada Lovelace'."]
    advice = Advice(plan=(PlanStep(tool="update", arguments={"id": 1042, "status": "archived"}),), notes="ada lovelace")

    assert leaked_literals(advice, criteria=criteria, visible_text="") == ("1042", "archived", "ada lovelace")
    assert leaked_literals(advice, visible_text="") == ()


def test_the_list_is_bounded_and_says_nothing_twice() -> None:
    many = Advice(plan=tuple(PlanStep(tool="get", arguments={"id": n}) for n in [*range(200, 400), 200]))
    code = "\n".join(f"assert {n}" for n in range(200, 400))

    assert leaked_literals(many, verifier_code=code, visible_text="") == tuple(str(n) for n in range(200, 250))


@given(st.text(), st.text(), st.text())
def test_any_texts_can_be_compared(notes: str, code: str, visible: str) -> None:
    leaks = leaked_literals(Advice(notes=notes), verifier_code=code, visible_text=visible)
    assert leaked_literals(Advice(notes=notes), verifier_code=code, visible_text=f"{visible} {notes}") == ()
    assert len(leaks) <= 50
