"""Episodes in a catalog's scenarios: environments from the pool, models by role, verdicts by the task's verifier."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import uuid4

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings.protocol import instruction_in, task_of
from awm_langgraph.agent.surroundings.provenance import provenance_with
from awm_langgraph.agent.surroundings.verdict import Evidence, verdict_on
from awm_langgraph.catalog import Catalog, Scenario, VerifierMode, VerifierSource
from awm_langgraph.environment import Environment, current_pool
from awm_langgraph.environment.changes import DatabaseChange, compare_snapshots
from awm_langgraph.episode import Provenance, Solution, Task, Verdict
from awm_langgraph.errors import EnvironmentLostError, EpisodeError, UsageError
from awm_langgraph.experts import Expert
from awm_langgraph.models import ModelChoice, Role, Script, chat_model, configured_choice
from awm_langgraph.models.prices import priced
from awm_langgraph.settings import current_settings
from awm_langgraph.verifier import Bench, Judge, Sources

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@lru_cache(maxsize=8)
def open_shared(name: str) -> Catalog:
    """Open a catalog once per process."""
    return Catalog.open(name)


@lru_cache(maxsize=256)
def read_scenario(catalog: str, name: str) -> Scenario:
    """Read a scenario once per process."""
    return open_shared(catalog).scenario(name)


def provenance_of(catalog: str, context: EpisodeContext, expert: Expert | None = None) -> Provenance:
    """Say what an episode in a catalog's scenario is made with; reads the catalog's fingerprint."""
    models = {role: choice_of(role, context).model for role in context.roles}
    return provenance_with(open_shared(catalog).fingerprint, models, context, expert)


def choice_of(role: Role, context: EpisodeContext) -> ModelChoice:
    """Say which model plays a role: the context's choice, else the process's settings."""
    chosen: ModelChoice | None = getattr(context, role)
    return chosen or configured_choice(role)


class CatalogSurroundings:
    """The surroundings of ``create_awm_graph``."""

    def __init__(self, expert: Expert | None = None) -> None:
        self.expert = expert
        self._borrowers: Counter[str] = Counter()

    async def task(self, state: EpisodeState) -> Task:
        """Find the task, or put the caller's own instruction in its place."""
        return await asyncio.to_thread(_task_from, state)

    def provenance(self, task: Task, context: EpisodeContext) -> Provenance:
        """Name the catalog by its fingerprint."""
        return provenance_of(task.catalog, context, self.expert)

    @asynccontextmanager
    async def lend(self, state: EpisodeState, snapshot: str | None) -> AsyncIterator[Environment]:
        """Ask the current pool."""
        task, episode_id = task_of(state), state["episode_id"]
        scenario = await asyncio.to_thread(read_scenario, task.catalog, task.scenario)
        pool = current_pool()
        self._borrowers[episode_id] += 1
        try:
            async with AsyncExitStack() as stack:
                try:
                    environment = await stack.enter_async_context(pool.acquire(episode_id, scenario, snapshot))
                except EnvironmentLostError:
                    # somebody released the episode while this was waiting: its snapshot brings it back
                    environment = await stack.enter_async_context(pool.acquire(episode_id, scenario, snapshot))
                yield environment
        finally:
            self._borrowers[episode_id] -= 1
            self._borrowers += Counter()  # drops those at zero

    async def release(self, state: EpisodeState) -> None:
        """Tell the current pool, unless another fork of the same thread is at work there: it will be at its own end."""
        if not self._borrowers[state["episode_id"]]:
            await current_pool().release(state["episode_id"])

    def choice(self, role: Role, context: EpisodeContext) -> ModelChoice:
        """Take the context's choice, else that of the process's settings."""
        return choice_of(role, context)

    async def model(self, role: Role, state: EpisodeState, context: EpisodeContext) -> BaseChatModel:
        """Build the model; a scripted one is given the task's reference solution."""
        task = task_of(state)
        script = Script(task_key=task.key, seed=context.seed, solution=await asyncio.to_thread(_solution_of, task))
        return await asyncio.to_thread(chat_model, role, choice_of(role, context), script=script)

    async def verifier_code(self, state: EpisodeState) -> str:
        """Read the task's code-mode verifier."""
        source = await asyncio.to_thread(_verifier_of, task_of(state), "code")
        return source.code if source else ""

    async def known_criteria(self, state: EpisodeState) -> tuple[str, ...]:
        """A catalog has none in words."""
        return ()

    async def change(self, state: EpisodeState, before: str, after: str) -> DatabaseChange:
        """Compare the snapshots that the pool keeps in the episode's folder."""
        snapshots = current_pool().folder_of(state["episode_id"]) / "snapshots"
        return await asyncio.to_thread(compare_snapshots, snapshots, before, after)

    async def verdict(self, state: EpisodeState, context: EpisodeContext) -> Verdict:
        """Verify from the episode's first and last database."""
        mode = context.verifier_mode
        if not state.get("snapshot"):
            return Verdict(outcome="environment_error", mode=mode, error=state.get("error", ""))
        task = task_of(state)
        if task.task_idx is None:
            return Verdict(outcome="no_verifier", mode=mode)
        try:
            evidence = await self._evidence(state, task)
        except EpisodeError as error:
            return Verdict(outcome="environment_error", mode=mode, error=str(error))
        try:
            judge = await self._judge(state, context) if mode != "code" else None
            verdict = await verdict_on(state, evidence, judge, mode)
        finally:
            await asyncio.to_thread(_keep, evidence.bench)
        return _priced(verdict, choice_of("judge", context))

    async def _evidence(self, state: EpisodeState, task: Task) -> Evidence:
        # names of their own: another fork of the same thread may be verified at the same time
        pool, mark = current_pool(), uuid4().hex
        initial = await pool.export(state["episode_id"], state["initial_snapshot"], f"initial-{mark}.db")
        final = await pool.export(state["episode_id"], state["snapshot"], f"final-{mark}.db")
        is_ours = (await asyncio.to_thread(read_scenario, task.catalog, task.scenario)).is_ours
        sources = await asyncio.to_thread(lambda: Sources(_verifier_of(task, "code"), _verifier_of(task, "sql")))
        return Evidence(sources, Bench(initial, final, current_settings().sandbox, is_ours))

    async def _judge(self, state: EpisodeState, context: EpisodeContext) -> Judge:
        model = await self.model("judge", state, context)
        return Judge(model, choice_of("judge", context).model, timeout_seconds=context.model_timeout_seconds)


def _keep(bench: Bench) -> None:
    """Leave the databases as the episode's own; of several forks the last one's stay."""
    bench.initial.replace(bench.initial.with_name("initial.db"))
    bench.final.replace(bench.final.with_name("final.db"))


def _priced(verdict: Verdict, choice: ModelChoice) -> Verdict:
    if verdict.judgement is None:
        return verdict
    usage = priced(verdict.judgement.usage, choice)
    return verdict.model_copy(update={"judgement": verdict.judgement.model_copy(update={"usage": usage})})


def _task_from(state: EpisodeState) -> Task:
    name = state.get("scenario", "")
    if not isinstance(name, str) or not name:
        raise UsageError(f"input: expected the name of a scenario, found {name!r}: give `scenario`")
    catalog = open_shared(state.get("catalog") or current_settings().catalog)
    instruction = instruction_in(state)
    if instruction:
        scenario = catalog.scenario(name)
        return Task(catalog=catalog.name, scenario=scenario.name, task_idx=None, instruction=instruction)
    task_idx = state.get("task_idx")
    if task_idx is None:
        raise UsageError("input: expected a task or an instruction, found neither: give `task_idx`, from 0")
    if type(task_idx) is not int:
        raise UsageError(f"input: task_idx: expected a whole number from 0, found {task_idx!r}: correct it")
    return catalog.task(name, task_idx)


def _verifier_of(task: Task, mode: VerifierMode) -> VerifierSource | None:
    if task.task_idx is None:
        return None
    return open_shared(task.catalog).verifier(task.scenario, task.task_idx, mode)


def _solution_of(task: Task) -> Solution | None:
    if task.task_idx is None:
        return None
    return open_shared(task.catalog).solution(task.scenario, task.task_idx)
