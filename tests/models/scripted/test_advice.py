from awm_langgraph.episode import Call
from awm_langgraph.models.scripted.advice import read_advice, remaining

TEXT = """Advice from the expert (consultation 1; consultations left: 2)

Go on with these calls, in this order, with these arguments:
1. get_workflow {"workflow_id": 4}
   why: to see it
2. create_trigger {"workflow_id": 4, "cron": {"at": "0 2 * * *"}} (nightly)

Mind:
- 1. is no step

Final answer: Workflow 4
runs nightly.

Notes: none
"""


def test_plan_and_final_answer_are_read_from_the_text() -> None:
    advice = read_advice(TEXT)
    assert advice.plan == (
        Call(tool="get_workflow", arguments={"workflow_id": 4}),
        Call(tool="create_trigger", arguments={"workflow_id": 4, "cron": {"at": "0 2 * * *"}}),
    )
    assert advice.final_answer == "Workflow 4\nruns nightly."


def test_sentences_in_a_numbered_list_and_broken_json_are_no_calls() -> None:
    advice = read_advice('1. First look at it\n2. get_workflow\n3. get_workflow {"workflow_id": \n4. get_workflow {}')
    assert advice.plan == (Call(tool="get_workflow"),)


def test_advice_without_plan_and_answer_is_empty() -> None:
    assert read_advice("The expert could not answer.\n\nFinal answer:\n\n").is_empty
    assert not read_advice("Final answer: 42").is_empty


def test_each_call_made_settles_one_that_equals_it() -> None:
    toggle, other = Call(tool="toggle", arguments={"id": 1}), Call(tool="toggle", arguments={"id": 2})
    assert remaining([toggle, other, toggle], [toggle]) == [other, toggle]
    assert remaining([toggle], [other]) == [toggle]
