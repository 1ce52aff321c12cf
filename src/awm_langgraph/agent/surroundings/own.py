"""Episodes with a user's own tools, models and verifier."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, get_args
from weakref import WeakValueDictionary

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings.protocol import instruction_in, task_of
from awm_langgraph.agent.surroundings.provenance import provenance_with
from awm_langgraph.environment import Environment
from awm_langgraph.environment.own import OwnEnvironment
from awm_langgraph.episode import Outcome, Provenance, Solution, Task, ToolOutcome, Verdict
from awm_langgraph.errors import EpisodeError, UsageError
from awm_langgraph.experts import ASK_EXPERT, Expert
from awm_langgraph.models import ModelChoice, Role, Script, chat_model, configured_choice, name_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AnyMessage
    from langchain_core.tools import BaseTool
    from langchain_mcp_adapters.sessions import Connection

OWN = "own"
_IDLE_SECONDS = 900.0


@dataclass(frozen=True)
class Attempt:
    """What a verifier of a user's own is given."""

    instruction: str
    final_answer: str
    calls: tuple[ToolOutcome, ...]
    messages: tuple[AnyMessage, ...]


Finding = bool | Outcome | Verdict
OwnVerifier = Callable[[Attempt], Finding | Awaitable[Finding]]
"""Says of an attempt whether the task was done: yes or no, an outcome, or a whole verdict."""


@dataclass(frozen=True)
class OwnParts:
    """What a user brings."""

    name: str
    models: Mapping[Role, BaseChatModel | ModelChoice]
    tools: Sequence[BaseTool]
    connections: Mapping[str, Connection]
    expert: Expert | None
    verifier: OwnVerifier | None
    criteria: tuple[str, ...]
    call_timeout_seconds: float
    solutions: Mapping[str, Solution] = field(default_factory=dict)


@dataclass
class _Opened:
    environment: OwnEnvironment
    loop: asyncio.AbstractEventLoop
    used_at: float = field(default_factory=time.monotonic)


class OwnSurroundings:
    """The surroundings of ``create_expert_graph``."""

    def __init__(self, parts: OwnParts) -> None:
        self._parts = parts
        self._opened: dict[str, _Opened] = {}
        self._locks: WeakValueDictionary[tuple[str, asyncio.AbstractEventLoop], asyncio.Lock] = WeakValueDictionary()
        self.expert = parts.expert

    async def task(self, state: EpisodeState) -> Task:
        """Take the instruction, else what the user's messages say, else the example that the graph brings along."""
        example = next(iter(self._parts.solutions), "")
        instruction = instruction_in(state) or _said_last(state.get("messages", ())) or example
        if not instruction:
            raise UsageError("input: expected what the agent is to do, found nothing: give `instruction` or `messages`")
        return Task(catalog=OWN, scenario=self._parts.name, task_idx=None, instruction=instruction)

    def provenance(self, task: Task, context: EpisodeContext) -> Provenance:
        """Name the tools that are known beforehand by a fingerprint."""
        names = [*(tool.name for tool in self._parts.tools), *self._parts.connections]
        fingerprint = hashlib.sha256("\n".join(names).encode()).hexdigest()
        models: dict[Role, str] = {role: self.choice(role, context).model for role in context.roles if role != "judge"}
        return provenance_with(fingerprint, models, context, self.expert)

    @asynccontextmanager
    async def lend(self, state: EpisodeState, snapshot: str | None) -> AsyncIterator[Environment]:
        """Open the episode's sessions with the first use, and anew where they were lost."""
        episode_id = state["episode_id"]
        await self._close_idle()
        async with self._lock_of(episode_id):
            yield await self._environment_of(episode_id)

    async def release(self, state: EpisodeState) -> None:
        """Leave the episode's sessions, once nobody uses them."""
        async with self._lock_of(state["episode_id"]):
            await self._close(state["episode_id"])

    def choice(self, role: Role, context: EpisodeContext) -> ModelChoice:
        """Take the context's choice, else the model that the user brought, else the settings'."""
        chosen: ModelChoice | None = getattr(context, role)
        brought = self._parts.models.get(role)
        if chosen or brought is None:
            return chosen or configured_choice(role)
        return brought if isinstance(brought, ModelChoice) else ModelChoice(model=name_of(brought))

    async def model(self, role: Role, state: EpisodeState, context: EpisodeContext) -> BaseChatModel:
        """Give the model that the user brought, or build the one that was chosen."""
        brought = self._parts.models.get(role)
        if brought is not None and not isinstance(brought, ModelChoice) and getattr(context, role) is None:
            return brought
        choice, task = self.choice(role, context), task_of(state)
        solution = self._parts.solutions.get(task.instruction)
        if choice.model.startswith("scripted:") and solution is None and self._parts.solutions:
            raise UsageError(
                f"{choice.model} is a script, which plays only {' or '.join(map(repr, self._parts.solutions))}: give "
                "that as the instruction, or name models as agent and expert in the context, or in AWM_AGENT_MODEL and "
                "AWM_EXPERT_MODEL"
            )
        script = Script(task_key=task.key, seed=context.seed, solution=solution)
        return await asyncio.to_thread(chat_model, role, choice, script=script)

    async def verifier_code(self, state: EpisodeState) -> str:
        """A verifier of a user's own is shown to nobody."""
        return ""

    async def known_criteria(self, state: EpisodeState) -> tuple[str, ...]:
        """Give the user's own."""
        return self._parts.criteria

    async def change(self, state: EpisodeState, before: str, after: str) -> None:
        """What a user's own tools changed is not ours to see."""

    async def verdict(self, state: EpisodeState, context: EpisodeContext) -> Verdict:
        """Ask the user's verifier, if there is one, about an attempt that could be made."""
        if state.get("stop_reason") == "environment_error" and not state["calls"]:
            return Verdict(outcome="environment_error", error=state.get("error", ""))
        if self._parts.verifier is None:
            return Verdict(outcome="no_verifier")
        attempt = Attempt(
            instruction=task_of(state).instruction,
            final_answer=state.get("final_answer", ""),
            calls=tuple(ToolOutcome.model_validate(call) for call in state["calls"]),
            messages=tuple(state["messages"]),
        )
        began = time.perf_counter()
        verdict = await _ask(self._parts.verifier, attempt)
        return verdict.model_copy(update={"latency_seconds": time.perf_counter() - began})

    def _lock_of(self, episode_id: str) -> asyncio.Lock:
        """Give the lock under which an episode's sessions are opened, used and left; it goes with its last user."""
        return self._locks.setdefault((episode_id, asyncio.get_running_loop()), asyncio.Lock())

    async def _environment_of(self, episode_id: str) -> OwnEnvironment:
        loop = asyncio.get_running_loop()
        opened = self._opened.get(episode_id)
        if opened is None or not opened.environment.is_alive or opened.loop is not loop:
            await self._close(episode_id)
            opened = self._opened[episode_id] = _Opened(await self._open(), loop)
        opened.used_at = time.monotonic()
        return opened.environment

    async def _open(self) -> OwnEnvironment:
        parts = self._parts
        environment = OwnEnvironment(parts.tools, parts.connections, call_timeout_seconds=parts.call_timeout_seconds)
        try:
            await environment.open()
            _refuse_our_names(environment)
        except BaseException:
            await asyncio.shield(environment.close())
            raise
        return environment

    async def _close(self, episode_id: str) -> None:
        opened = self._opened.pop(episode_id, None)
        if opened and opened.loop is asyncio.get_running_loop():
            await asyncio.shield(opened.environment.close())

    async def _close_idle(self) -> None:
        """Leave the sessions of episodes that were abandoned: nobody will release them."""
        now, loop = time.monotonic(), asyncio.get_running_loop()
        for episode_id, opened in list(self._opened.items()):
            is_idle = now - opened.used_at > _IDLE_SECONDS and not self._lock_of(episode_id).locked()
            if opened.loop.is_closed() or (is_idle and opened.loop is loop):
                await self.release(EpisodeState(episode_id=episode_id))


def _refuse_our_names(environment: Environment) -> None:
    if any(tool.name == ASK_EXPERT for tool in environment.tools):
        raise UsageError(f"expected no tool named {ASK_EXPERT}, which is the expert's, found one: rename it")


def _said_last(messages: Sequence[AnyMessage]) -> str:
    """Gather what the user has said since the agent spoke last."""
    said = takewhile(lambda message: message.type == "human", reversed(messages))
    return "\n\n".join(message.text for message in [*said][::-1]).strip()


async def _ask(verifier: OwnVerifier, attempt: Attempt) -> Verdict:
    try:
        answer = await asyncio.to_thread(verifier, attempt)
        finding = await answer if inspect.isawaitable(answer) else answer
    except EpisodeError:
        raise
    except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises is no fact about the agent
        return Verdict(outcome="judge_error", error=f"{type(error).__name__}: {error}")
    if isinstance(finding, Verdict):
        return finding
    if isinstance(finding, bool):
        return Verdict(outcome="complete" if finding else "incomplete")
    if finding in get_args(Outcome):
        return Verdict(outcome=finding)
    return Verdict(outcome="judge_error", error=f"expected a bool, an outcome or a Verdict, found {finding!r}")
