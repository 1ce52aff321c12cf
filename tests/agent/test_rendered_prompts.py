"""What a model or a person reads in each of the graphs, word for word.

After changing a prompt, look at the difference and accept it with ``AWM_ACCEPT_PROMPTS=1 pytest`` on this file.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from awm_langgraph.agent import EpisodeContext, create_awm_graph, create_expert_graph
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.settings import current_settings, use_settings
from awm_langgraph.testing import OpenAIServer, text, tool_call

RENDERED = Path(__file__).with_name("rendered")
TASK: Any = {"scenario": "support_desk", "task_idx": 0}
MISTAKE = tool_call("update_ticket", {"ticket_id": "seven"})
CRITERIA = text('{"criteria": ["Ticket 7 is urgent."]}')
ADVICE = text(
    '{"plan": [{"tool": "get_ticket", "arguments": {"ticket_id": 7}, "why": "look first"}], "notes": "slowly"}'
)


@pytest.fixture
async def folder(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Path]:
    pool = EnvironmentPool(tmp_path / "episodes", runtime=runtime)
    with use_pool(pool), use_settings(current_settings().model_copy(update={"runs_dir": tmp_path})):
        yield tmp_path
    await pool.close()


def is_as_rendered(name: str, found: str) -> bool:
    file = RENDERED / f"{name}.txt"
    if os.environ.get("AWM_ACCEPT_PROMPTS"):
        file.write_text(found + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8") == found + "\n"


def said(request: Any) -> str:
    return "\n\n".join(f"--- {one['role']}\n{one['content']}" for one in request.body["messages"])


def served(server: OpenAIServer) -> dict[str, Any]:
    return {"model": "openai:m", "base_url": server.base_url}


@pytest.mark.parametrize("kind", ["none", "dynamic"])
async def test_the_agents_first_turn(folder: Path, kind: str) -> None:
    with OpenAIServer([text("Done.")]) as server:
        await create_awm_graph(expert_kind=kind).ainvoke(
            TASK, context=EpisodeContext.model_validate({"agent": served(server)})
        )
    assert is_as_rendered(f"agent_{kind}", said(server.requests[0]))


async def test_a_consultation_of_the_dynamic_expert_and_what_the_agent_reads_of_it(folder: Path) -> None:
    with OpenAIServer([MISTAKE, text("Done.")]) as agents, OpenAIServer([CRITERIA, ADVICE]) as experts:
        context = EpisodeContext.model_validate({"agent": served(agents), "expert": served(experts)})
        await create_awm_graph().ainvoke(TASK, context=context)
    asked = said(experts.requests[1])
    assert is_as_rendered("expert_dynamic", asked)
    assert is_as_rendered("agent_advised", said(agents.requests[1]))


async def test_what_a_person_is_asked(folder: Path) -> None:
    graph = create_awm_graph(checkpointer=InMemorySaver())
    with OpenAIServer([MISTAKE]) as server:
        person = {"expert_kind": "human", "expert_tier": "schema"}
        context = EpisodeContext.model_validate({**person, "agent": served(server)})
        config: Any = {"configurable": {"thread_id": "1"}}
        waiting: Any = await graph.ainvoke(TASK, config, context=context)
    (question,) = waiting["__interrupt__"]
    shown = "\n\n".join(f"--- {name}\n{value}" for name, value in question.value.items())
    assert is_as_rendered("human", shown)


async def test_own_tools(folder: Path) -> None:
    def refund(order_id: int) -> str:
        """Refund an order."""
        return "refunded"

    with OpenAIServer([text("Done.")]) as server:
        model = chat_model("agent", ModelChoice(model="openai:m", base_url=server.base_url))
        graph = create_expert_graph(model, [refund], lambda consultation: "Try again.")
        request: Any = {"instruction": "Refund order 7."}
        await graph.ainvoke(request)
    assert is_as_rendered("own_tools", said(server.requests[0]))
