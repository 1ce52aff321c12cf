import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from awm_langgraph.episode import Call, Solution
from awm_langgraph.models import ModelChoice, Script, chat_model
from awm_langgraph.models.scripted.mistakes import choose_mistake
from awm_langgraph.models.scripted.situation import Situation

Play = Callable[..., list[BaseMessage]]
CallsOf = Callable[[list[BaseMessage]], list[Call]]
REFUSED = ["wrong_tool", "missing_argument", "wrong_type"]


def novice(solution: Solution, seed: int) -> Any:
    script = Script(task_key="workflow/0", seed=seed, solution=solution)
    return chat_model("agent", ModelChoice(model="scripted:novice"), script=script)


@pytest.fixture
def with_mistake(solution: Solution, tools: list[dict[str, Any]]) -> Callable[[str], tuple[Any, int]]:
    """Find a novice that makes a mistake of a kind; with it comes the mistake's place among the reference calls."""
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}

    def find(kind: str) -> tuple[Any, int]:
        for seed in range(200):
            script = Script(task_key="workflow/0", seed=seed, solution=solution)
            mistake = choose_mistake(Situation(script, (), schemas))
            if mistake and mistake.kind == kind:
                return novice(solution, seed), mistake.position
        raise AssertionError(f"no seed leads to {kind}")

    return find


def advice_for(calls: tuple[Call, ...], final_answer: str = "Workflow 4 is on.") -> str:
    plan = [f"{number}. {call.tool} {json.dumps(call.arguments)}" for number, call in enumerate(calls, start=1)]
    return "\n".join(["Go on with these calls:", *plan, "", f"Final answer: {final_answer}"])


@pytest.mark.parametrize("kind", REFUSED)
def test_unadvised_it_repeats_its_mistake_with_variations_and_says_that_it_could_not_finish(
    kind: str, with_mistake: Any, solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    model, place = with_mistake(kind)
    messages = play(model)
    calls = calls_of(messages)
    assert calls[:place] == list(solution.calls[:place])
    wrong = calls[place:]
    assert len(wrong) == 3
    assert solution.calls[place] not in wrong
    assert any(one != wrong[0] for one in wrong)
    assert messages[-1].text.startswith("I could not finish")


@pytest.mark.parametrize("kind", REFUSED)
def test_unasked_advice_after_errors_is_read_and_followed_to_the_end(
    kind: str, with_mistake: Any, solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    model, place = with_mistake(kind)
    before_it_gave_up = play(model)[:-1]
    advice = HumanMessage(advice_for(solution.calls[place:]), name="expert")
    messages = play(model, messages=[*before_it_gave_up, advice])
    assert calls_of(messages)[place + 3 :] == list(solution.calls[place:])
    assert messages[-1].text == "Workflow 4 is on."


def test_a_skipped_step_is_passed_over_and_the_task_called_done(
    with_mistake: Any, solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    model, place = with_mistake("skipped_step")
    messages = play(model)
    assert calls_of(messages) == [call for at, call in enumerate(solution.calls) if at != place]
    assert messages[-1].text == "Done."


def test_stopping_early_without_an_expert_it_calls_the_task_done(
    with_mistake: Any, solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    model, place = with_mistake("early_stop")
    messages = play(model)
    assert calls_of(messages) == list(solution.calls[:place])
    assert messages[-1].text == "Done."


def test_instead_of_stopping_early_it_asks_an_expert_that_is_there_and_follows_the_answer(
    with_mistake: Any,
    solution: Solution,
    tools: list[dict[str, Any]],
    ask_expert: dict[str, Any],
    play: Play,
    calls_of: CallsOf,
) -> None:
    model, place = with_mistake("early_stop")
    messages = play(model, offered=[*tools, ask_expert], advice=advice_for(solution.calls[place:]))
    calls = calls_of(messages)
    assert [call.tool for call in calls].index("ask_expert") == place > 0
    assert calls[place].arguments["question"]
    assert [call for call in calls if call.tool != "ask_expert"] == list(solution.calls)
    assert messages[-1].text == "Workflow 4 is on."


@pytest.mark.parametrize("answer", ["Error: the expert could not answer", "No idea, sorry."])
def test_without_a_usable_answer_it_asks_once_and_stops(
    answer: str,
    with_mistake: Any,
    tools: list[dict[str, Any]],
    ask_expert: dict[str, Any],
    play: Play,
    calls_of: CallsOf,
) -> None:
    model, place = with_mistake("early_stop")
    messages = play(model, offered=[*tools, ask_expert], advice=answer)
    assert [call.tool for call in calls_of(messages)].count("ask_expert") == 1
    assert len(calls_of(messages)) == place + 1
    assert messages[-1].text == "Done."


def test_work_that_is_done_already_is_not_done_again_but_looking_again_is(
    solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    look, trigger, enable = solution.calls
    advice = HumanMessage(advice_for(solution.calls), name="expert")
    begun = play(novice(solution, 0), messages=[HumanMessage("Do it."), advice])[:6]
    assert calls_of(begun) == [look, trigger]
    again = play(novice(solution, 0), messages=[*begun, advice])
    assert calls_of(again) == [look, trigger, look, enable]


def test_a_plan_may_repeat_a_call(play: Play, solution: Solution, calls_of: CallsOf) -> None:
    look, trigger, _ = solution.calls
    advice = HumanMessage(advice_for((look, trigger, look)), name="expert")
    assert calls_of(play(novice(solution, 0), messages=[advice])) == [look, trigger, look]


def test_the_latest_advice_counts(solution: Solution, play: Play, calls_of: CallsOf) -> None:
    first = HumanMessage(advice_for(solution.calls), name="expert")
    second = HumanMessage(advice_for(solution.calls[2:], "Only that."), name="expert")
    messages = play(novice(solution, 0), messages=[HumanMessage("Do it."), first, second])
    assert calls_of(messages) == [solution.calls[2]]
    assert messages[-1].text == "Only that."


def test_advice_that_does_not_work_is_tried_twice_and_given_up_honestly(
    solution: Solution, play: Play, calls_of: CallsOf
) -> None:
    advice = HumanMessage(advice_for(solution.calls), name="expert")
    messages = play(
        novice(solution, 0), messages=[HumanMessage("Do it."), advice], broken=frozenset({"create_trigger"})
    )
    assert [call.tool for call in calls_of(messages)] == ["list_workflows", "create_trigger", "create_trigger"]
    assert messages[-1].text == "I could not finish: I did not get create_trigger to work."


def test_an_instruction_by_the_user_is_no_advice(solution: Solution, play: Play) -> None:
    messages = play(novice(solution, 0), messages=[HumanMessage(advice_for((), "Obeyed."))])
    assert messages[-1].text != "Obeyed."


def test_a_task_without_calls_is_called_done(play: Play) -> None:
    assert play(novice(Solution(calls=(), final_answer="42"), 0))[-1].text == "Done."
