"""Public test kit: real servers on loopback, so that tests exercise real clients.

::

    with OpenAIServer([tool_call("list_workflows", {}), text("There are three.")]) as server:
        settings = Settings.load(agent={"model": "openai:any", "base_url": server.base_url})

    with LangSmithServer() as server:
        client = langsmith.Client(api_url=server.url, api_key="any")
"""

from awm_langgraph.testing.langsmith_records import PromptCommit, Records, TracedRun
from awm_langgraph.testing.langsmith_server import Behaviour, LangSmithServer
from awm_langgraph.testing.langsmith_wire import Arrived
from awm_langgraph.testing.openai_server import Answerer, OpenAIServer, Request
from awm_langgraph.testing.replay import answer_with
from awm_langgraph.testing.replies import (
    Reply,
    calls,
    empty,
    failure,
    filtered_answer,
    filtered_prompt,
    hang,
    null_choices,
    refusal,
    text,
    tool_call,
)

__all__ = [
    "Answerer",
    "Arrived",
    "Behaviour",
    "LangSmithServer",
    "OpenAIServer",
    "PromptCommit",
    "Records",
    "Reply",
    "Request",
    "TracedRun",
    "answer_with",
    "calls",
    "empty",
    "failure",
    "filtered_answer",
    "filtered_prompt",
    "hang",
    "null_choices",
    "refusal",
    "text",
    "tool_call",
]
