"""What a tool interface is to the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool

from awm_langgraph.episode import ToolOutcome

InterfaceName = Literal["native", "gateway", "text", "search"]
"""``native``: one function per tool. ``gateway``: the functions ``list_tools`` and ``call_tool``. ``text``: the same
two, written into the text as the published models do. ``search``: ``search_tools`` and ``call_tool``."""


@dataclass(frozen=True)
class EnvironmentCall:
    """A call to make: the tool's own name, and its arguments as the agent means them, unchecked.

    ``flaws`` say where the agent's words had to be read with good will.
    """

    call_id: str
    name: str
    arguments: dict[str, Any]
    flaws: tuple[str, ...] = ()


Request = EnvironmentCall | ToolOutcome
"""What an agent's call asks for. What needs no environment is answered already: a look-up in the catalogue, or a call
that cannot be read; such an outcome still lacks ``step`` and ``snapshot``."""


class ToolInterface(Protocol):
    """One way for an agent to see and call tools; ``extra`` are those that are not the environment's: ``ask_expert``.

    The messages in state are always the agent's own, with its calls as ``tool_calls`` and ``invalid_tool_calls``.
    """

    @property
    def name(self) -> InterfaceName:
        """The interface, as settings and records name it."""
        ...

    @property
    def prompts(self) -> tuple[str, ...]:
        """Name the prompts that it uses, for an episode's provenance."""
        ...

    def offered(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> list[BaseTool]:
        """List the functions to bind to the model; where there are none, nothing must be bound."""
        ...

    def briefing(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
        """Write what the system prompt says about calling tools; may be empty."""
        ...

    def read(self, turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
        """Find the calls in a model's turn and give them ids that no ``earlier`` turn has; content stays as it is."""
        ...

    def requests(self, turn: AIMessage, tools: Sequence[BaseTool]) -> list[Request]:
        """Say what each call of a turn that was read asks for: first the readable ones, in order, then the others."""
        ...

    def conversation(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """Write the conversation as the model is sent it: every call has one answer, directly behind its turn."""
        ...
