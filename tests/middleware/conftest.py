"""A real `create_agent` agent with plain Python tools at one server, its expert at another."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel

from awm_langgraph import ExpertMiddleware
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.testing import Answerer, OpenAIServer, Reply, text

PLAN = {"plan": [{"tool": "refund", "arguments": {"order_id": 7}, "why": "It is his."}], "notes": "Mind the number."}


def refund(order_id: int) -> str:
    """Refund an order."""
    return {7: "refunded"}[order_id]


def find_orders(customer: str) -> str:
    """Find the orders of a customer."""
    return f"{customer} has the order 7"


def advise(_request: object) -> Reply:
    return text(json.dumps(PLAN))


class Play:
    """An agent at one server, its expert at another."""

    def __init__(self, *turns: Reply, agent: Answerer | None = None, expert: Answerer = advise) -> None:
        self.request: Any = {"messages": [("user", "Refund the parcel of Mr Meier.")]}
        self.agents = OpenAIServer(agent or turns)
        self.experts = OpenAIServer(expert)

    def __enter__(self) -> "Play":
        self.agents.__enter__()
        self.experts.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self.agents.__exit__(*failure)
        self.experts.__exit__(*failure)

    @staticmethod
    def model_at(server: OpenAIServer) -> BaseChatModel:
        choice = ModelChoice(model="openai:served", base_url=server.base_url, parameters={"max_retries": 0})
        return chat_model("agent", choice)

    def agent(self, *more_tools: Any, inner: Any = (), expert: Any = None, **options: Any) -> Any:
        """Make the agent; options are ``create_agent``'s or the middleware's."""
        of_agent = {name: options.pop(name) for name in ("checkpointer", "response_format") if name in options}
        return create_agent(
            self.model_at(self.agents),
            [refund, find_orders, *more_tools],
            system_prompt="You are kind.",
            middleware=[ExpertMiddleware(expert or self.model_at(self.experts), **options), *inner],
            **of_agent,
        )

    async def run(self, *more_tools: Any, **options: Any) -> Any:
        """Make one request of a new agent and return what it leaves behind."""
        with self:
            return await self.agent(*more_tools, **options).ainvoke(self.request)

    @property
    def told_to_agent(self) -> list[dict[str, Any]]:
        """The conversation as the agent's model was last sent it."""
        messages: list[dict[str, Any]] = self.agents.requests[-1].body["messages"]
        return messages

    @property
    def told_to_expert(self) -> str:
        return str(self.experts.requests[-1].body["messages"][0]["content"])


@pytest.fixture
def play() -> type[Play]:
    """Make an agent's model take these turns, one after the other."""
    return Play
