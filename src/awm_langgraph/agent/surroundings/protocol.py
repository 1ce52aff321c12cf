"""What an episode's nodes need from outside, and get without the state or the context holding it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.environment import Environment
from awm_langgraph.environment.changes import DatabaseChange
from awm_langgraph.episode import Provenance, Task, Verdict
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import Expert
from awm_langgraph.models import ModelChoice, Role

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Surroundings(Protocol):
    """Where tasks, environments, models and verdicts come from: a catalog's scenarios, or a user's own tools."""

    @property
    def expert(self) -> Expert | None:
        """The expert that whoever made the graph brought along; None where the context chooses one."""
        ...

    async def task(self, state: EpisodeState) -> Task:
        """Read the input.

        Raises:
            UsageError: it names no task that exists.
        """
        ...

    def provenance(self, task: Task, context: EpisodeContext) -> Provenance:
        """Say what an episode is made with; reads files, so keep it off the event loop."""
        ...

    def lend(self, state: EpisodeState, snapshot: str | None) -> AbstractAsyncContextManager[Environment]:
        """Lend the episode's environment as it was at a snapshot; None begins it."""
        ...

    async def release(self, state: EpisodeState) -> None:
        """End the episode's environment; what was recorded of it stays."""
        ...

    def choice(self, role: Role, context: EpisodeContext) -> ModelChoice:
        """Say which model plays a role."""
        ...

    async def model(self, role: Role, state: EpisodeState, context: EpisodeContext) -> BaseChatModel:
        """Build the model that plays a role in this episode.

        Raises:
            UsageError: it cannot be had.
        """
        ...

    async def verifier_code(self, state: EpisodeState) -> str:
        """Read the code that will check the task; empty where there is none."""
        ...

    async def known_criteria(self, state: EpisodeState) -> tuple[str, ...]:
        """Give the success criteria that nobody has to extract, in words that only the expert reads."""
        ...

    async def change(self, state: EpisodeState, before: str, after: str) -> DatabaseChange | None:
        """Count the rows that differ between two of the episode's snapshots; None where it has no database."""
        ...

    async def verdict(self, state: EpisodeState, context: EpisodeContext) -> Verdict:
        """Find out whether the task was done."""
        ...


def instruction_in(state: EpisodeState) -> str:
    """Read an instruction of the caller's own; empty where there is none.

    Raises:
        UsageError: it is no text.
    """
    given: object = state.get("instruction") or ""
    if not isinstance(given, str):
        raise UsageError(f"input: expected the instruction as text, found {given!r}: write what the agent is to do")
    return given.strip()


def task_of(state: EpisodeState) -> Task:
    """Read the episode's task, once reset has found it."""
    return Task.model_validate(state["task"])
