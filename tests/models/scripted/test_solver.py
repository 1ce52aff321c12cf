from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from awm_langgraph.episode import Call, Solution
from awm_langgraph.models import ModelChoice, Script, chat_model

Play = Callable[..., list[BaseMessage]]
CallsOf = Callable[[list[BaseMessage]], list[Call]]


def solver(solution: Solution) -> Any:
    script = Script(task_key="workflow/0", seed=0, solution=solution)
    return chat_model("agent", ModelChoice(model="scripted:solver"), script=script)


def test_the_solver_makes_the_reference_calls_and_gives_the_final_answer(
    solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    messages = play(solver(solution))
    assert calls_of(messages) == list(solution.calls)
    assert messages[-1].text == "Workflow 4 is on."


def test_the_solver_says_done_where_no_answer_is_asked_for(solution: Solution, play: Play) -> None:
    assert play(solver(Solution(calls=solution.calls)))[-1].text == "Done."


def test_a_call_that_fails_is_tried_once_more_and_then_the_solver_answers(
    solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    messages = play(solver(solution), broken=frozenset({"create_trigger"}))
    first, second, _ = solution.calls
    assert calls_of(messages) == [first, second, second]
    assert messages[-1].text == "Workflow 4 is on."


def test_the_next_turn_follows_from_the_messages_alone(solution: Solution, play: Play) -> None:
    messages = play(solver(solution))
    replayed = solver(solution).invoke(messages[:3])
    original = messages[3]
    assert isinstance(original, AIMessage)
    assert (replayed.content, replayed.tool_calls) == (original.content, original.tool_calls)


def test_every_call_of_a_conversation_has_an_id_of_its_own(solution: Solution, play: Play) -> None:
    ids = [call["id"] for message in play(solver(solution)) for call in getattr(message, "tool_calls", [])]
    assert len(ids) == len(set(ids)) == 3
