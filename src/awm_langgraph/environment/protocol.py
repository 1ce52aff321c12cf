"""What an environment is to everything above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from awm_langgraph.episode import SeedProblem, ToolOutcome

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


class Environment(Protocol):
    """A live scenario for one episode: its tools, its database, and nothing that an agent should not reach."""

    @property
    def tools(self) -> Sequence[BaseTool]:
        """The scenario's tools as loaded over MCP, in the server's order."""
        ...

    @property
    def snapshot(self) -> str:
        """Name of the database as it is now."""
        ...

    @property
    def seed_problems(self) -> tuple[SeedProblem, ...]:
        """Seed rows that are missing from this episode's database."""
        ...

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Make one call and say what came of it; never raises for a failing tool or a dead server."""
        ...

    async def close(self) -> None:
        """End the environment; snapshots stay. Does nothing the second time."""
        ...


def schema_of(tool: BaseTool) -> dict[str, Any]:
    """Read a tool's arguments as a JSON schema of type object."""
    schema = tool.args_schema
    return schema if isinstance(schema, dict) else tool.get_input_jsonschema()
