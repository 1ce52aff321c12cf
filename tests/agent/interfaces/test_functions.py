"""The functions that stand for all tools."""

from langchain_core.utils.function_calling import convert_to_openai_tool

from awm_langgraph.agent.interfaces.functions import CALL_TOOL, CALL_TOOL_WITH_TEXT, LIST_TOOLS, SEARCH_TOOLS


def test_a_model_is_given_their_parameters_as_they_are() -> None:
    for function in (CALL_TOOL, CALL_TOOL_WITH_TEXT, LIST_TOOLS, SEARCH_TOOLS):
        described = convert_to_openai_tool(function.as_tool())["function"]
        assert (described["name"], described["parameters"]) == (function.name, function.parameters)
        assert described["description"]


def test_call_tool_takes_text_or_an_object() -> None:
    forms = [each.parameters["properties"]["arguments"] for each in (CALL_TOOL_WITH_TEXT, CALL_TOOL)]
    assert forms == [{"type": "string"}, {"type": "object"}]
