from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import Call
from awm_langgraph.models import Script
from awm_langgraph.models.scripted.situation import Situation, count_latest_failures, count_successes


def asked(tool: str, call_id: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": {"id": 1}, "id": call_id, "type": "tool_call"}])


def answered(tool: str, call_id: str, text: str = "ok", *, failed: bool = False) -> ToolMessage:
    return ToolMessage(text, name=tool, tool_call_id=call_id, status="error" if failed else "success")


def situation(*messages: BaseMessage) -> Situation:
    return Situation(Script(task_key="t/0", seed=0, solution=None), messages, {})


def test_attempts_are_the_environment_calls_that_were_answered() -> None:
    seen = situation(
        asked("look", "1"),
        answered("look", "1", failed=True),
        asked("ask_expert", "2"),
        answered("ask_expert", "2", "Look again."),
        asked("look", "3"),
        answered("look", "3"),
        asked("write", "4"),
    )
    attempts = seen.attempts()
    assert [(one.call, one.succeeded, one.position) for one in attempts] == [
        (Call(tool="look", arguments={"id": 1}), False, 1),
        (Call(tool="look", arguments={"id": 1}), True, 5),
    ]
    assert (count_successes(attempts), count_latest_failures(attempts)) == (1, 0)


def test_failures_count_since_the_last_success() -> None:
    seen = situation(
        asked("look", "1"),
        answered("look", "1"),
        asked("write", "2"),
        answered("write", "2", failed=True),
        asked("write", "3"),
        answered("write", "3", failed=True),
    )
    assert count_latest_failures(seen.attempts()) == 2


def test_the_latest_advice_is_found_however_it_was_given() -> None:
    asking, answer = asked("ask_expert", "1"), answered("ask_expert", "1", "first")
    unasked = HumanMessage("second", name="expert")
    assert situation(asking, answer).latest_advice() == (1, "first")
    assert situation(asking, answer, unasked).latest_advice() == (2, "second")


def test_an_experts_failure_and_the_users_words_are_no_advice() -> None:
    refused = answered("ask_expert", "1", "none left", failed=True)
    seen = situation(HumanMessage("Do it."), asked("ask_expert", "1"), refused)
    assert seen.latest_advice() is None
    assert seen.has_asked_expert


def test_a_calls_id_follows_from_its_place() -> None:
    first = situation(HumanMessage("Do it.")).call("look", {})
    second = situation(HumanMessage("Do it."), first, answered("look", "x")).call("look", {})
    assert first.tool_calls[0]["id"] != second.tool_calls[0]["id"]
    assert first.tool_calls == situation(HumanMessage("Do it.")).call("look", {}).tool_calls
