"""A run: a folder, its store, its checkpoints, its environments and the graph, opened and closed together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from awm_langgraph.agent import (
    EpisodeContext,
    EpisodeGraph,
    EpisodeInput,
    EpisodeState,
    create_awm_graph,
    provenance_of,
)
from awm_langgraph.agent.advisers import check_parts
from awm_langgraph.agent.scene import Scene
from awm_langgraph.agent.surroundings import CatalogSurroundings, open_shared
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.episode import Provenance, Task, Trajectory
from awm_langgraph.errors import UsageError
from awm_langgraph.models import configured_choice
from awm_langgraph.rollout.checkpoints import opened_checkpoints
from awm_langgraph.rollout.claiming import claimed
from awm_langgraph.rollout.collection import collect_finished
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.forking import Branch, after_step, import_snapshots, lay_down, lineage_of, thread_of
from awm_langgraph.rollout.reading import progress_in, trajectory_in
from awm_langgraph.rollout.records import Beginning, EpisodeRecord, Origin, RunRecord, Setup
from awm_langgraph.rollout.store import RunStore
from awm_langgraph.rollout.tracing.labels import root_config
from awm_langgraph.rollout.tracing.traced import Tracing, traced
from awm_langgraph.rollout.waiting import EpisodeWaitsError
from awm_langgraph.rollout.writing import EpisodeWriter, Listener

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.types import StateSnapshot

    from awm_langgraph.environment.runtime import Runtime


@dataclass(frozen=True)
class Run:
    """An open run. Episodes may be run one after another or concurrently."""

    folder: RunFolder
    store: RunStore
    pool: EnvironmentPool
    graph: EpisodeGraph
    context: EpisodeContext
    provenance: Provenance
    tracing: Tracing
    catalog: str
    """Where the scenarios come from that a request names without a catalog."""

    @property
    def run_id(self) -> str:
        """The run's name, which is its folder's."""
        return self.folder.run_id

    async def episode(self, request: EpisodeInput, on_event: Listener | None = None, *, split: str = "") -> Trajectory:
        """Run one episode, writing it down as it happens; ``split`` is what its trace says of the task's.

        Raises:
            EpisodeWaitsError: it stands still until it is resumed with an answer.
            UsageError: the request names no task that exists, a condition beside the run's own, or a model that cannot
                be had, or somebody else plays an episode of that id.
        """
        if self.context.in_condition(chosen := request.get("condition")).condition != self.context.condition:
            raise UsageError(
                f"expected the run's own condition {self.context.condition}, found {chosen!r} in a request: "
                "open a run for each"
            )
        episode_id = request.get("episode_id") or uuid4().hex
        given = EpisodeInput(**{**request, "episode_id": episode_id, "catalog": request.get("catalog") or self.catalog})
        setup, root = self._setup(episode_id), self.labels(given, split=split)
        async with claimed(self.folder.claim(episode_id)):
            return await self._play(given, setup, root, on_event)

    def labels(self, request: EpisodeInput, *, split: str = "") -> RunnableConfig:
        """Say what the root run of a requested episode's trace is called and what stands on it."""
        setup = self._setup(request["episode_id"])
        return root_config(setup, request.get("scenario", ""), request.get("task_idx"), split=split)

    def _setup(self, episode_id: str) -> Setup:
        return Setup(episode_id=episode_id, provenance=self.provenance, context=self.context.model_dump(mode="json"))

    async def resume(self, episode_id: str, *, answer: Any = None, on_event: Listener | None = None) -> Trajectory:
        """Go on with an unfinished episode from its last checkpoint; the record stays whole and nothing is doubled.

        What was being done when it stopped is done again from the start of that node; finished nodes are not repeated.

        Args:
            episode_id: an episode of this run.
            answer: what an episode that waits is answered, in JSON types; None for one that does not.
            on_event: hears what happens from now on.

        Raises:
            EpisodeWaitsError: it needs an answer and there is none, or another one: the question says what was wrong.
            UsageError: there is no such episode, it is finished, somebody else plays it, or it waits for nothing.
        """
        await self.store.episode(episode_id)
        async with claimed(self.folder.claim(episode_id)):
            return await self._resume(episode_id, answer, on_event)

    async def _resume(self, episode_id: str, answer: Any, on_event: Listener | None) -> Trajectory:
        record = await self.store.episode(episode_id)
        checkpoint = await self._last_checkpoint(episode_id)
        given = _input_for(record, checkpoint, answer)
        if checkpoint.values.get("verdict"):
            # all that was left was to write down how it ended
            return await self._close(episode_id)
        await self.store.rewrite_episode(episode_id, progress_in(checkpoint.values, record.steps))
        root = root_config(record, record.task.scenario, record.task.task_idx)
        return await self._play(given, record, root, on_event)

    async def fork(
        self,
        episode_id: str,
        step: int,
        *,
        context: EpisodeContext | None = None,
        note: str = "",
        on_event: Listener | None = None,
    ) -> Trajectory:
        """Go on from after a step of an episode as a new episode; see ``begin_fork`` and ``resume``."""
        fork = await self.begin_fork(episode_id, step, context=context, note=note)
        return await self.resume(fork.episode_id, on_event=on_event)

    async def begin_fork(
        self, episode_id: str, step: int, *, context: EpisodeContext | None = None, note: str = ""
    ) -> Beginning:
        """Make a new episode, ready to be resumed, from an old one after one of its steps; that is left as it is.

        Args:
            episode_id: an episode of this run, finished or not.
            step: after which of its steps, counted from 1; 0 is its beginning.
            context: the new episode's settings; the old one's unless given.
            note: what the agent is told first, if anything.

        Raises:
            SnapshotError: a database that the fork needs is missing.
            UsageError: there is no such episode or step, or a part that the settings ask for cannot be had.
        """
        parent = await self.store.episode(episode_id)
        branch = after_step(await lineage_of(self.graph, episode_id), step)
        if step and context is not None:
            _check_static(EpisodeContext.model_validate(parent.context), context)
        return await self.branch_off(
            parent,
            branch,
            Origin(episode_id=episode_id, step=step),
            context or EpisodeContext.model_validate(parent.context),
            added={"messages": [{"role": "user", "content": note}]} if note else {},
        )

    async def branch_off(
        self,
        parent: EpisodeRecord,
        branch: Branch,
        origin: Origin,
        context: EpisodeContext,
        *,
        provenance: Provenance | None = None,
        added: Mapping[str, Any],
    ) -> Beginning:
        """Lay a fork down, ready to be resumed: databases, checkpoint, and last its record.

        ``added`` is what the node that made the branch leaves in the state beside what is there.

        Raises:
            SnapshotError: a database that the fork needs is missing.
            UsageError: a part that the context asks for cannot be had.
        """
        settled = settle(context)
        await check_playable(parent.task, settled)
        fork = Beginning(
            episode_id=uuid4().hex,
            task=parent.task,
            provenance=provenance or await asyncio.to_thread(provenance_of, parent.task.catalog, settled),
            context=settled.model_dump(mode="json"),
            forked_from=origin,
            seed_problems=parent.seed_problems,
        )
        source, target = self.folder.episode(parent.episode_id), self.folder.episode(fork.episode_id)
        needed = {branch.values["initial_snapshot"], branch.values["snapshot"]}
        await asyncio.to_thread(import_snapshots, source, target, needed)
        state = await lay_down(self.graph, branch, fork.episode_id, settled, fork.provenance, added=added)
        await self.store.start_fork(fork, progress_in(state, parent.steps))
        return fork

    async def _last_checkpoint(self, episode_id: str) -> StateSnapshot:
        """Read the checkpoint to go on from, with what finished nodes left beside it."""
        checkpoint = await self.graph.aget_state(thread_of(episode_id))
        if any(task.error and not task.interrupts for task in checkpoint.tasks):
            # What a node had written when it was cut off would count as all that it does: LangGraph cannot tell.
            await self.graph.aupdate_state(thread_of(episode_id), None, as_node="__copy__")
            checkpoint = await self.graph.aget_state(thread_of(episode_id))
        return checkpoint

    async def _play(self, given: Any, episode: Setup, root: RunnableConfig, on_event: Listener | None) -> Trajectory:
        """Let the graph run to the episode's end, or to where it waits."""
        writer = EpisodeWriter(self.store, episode)
        config = thread_of(episode.episode_id) | root
        context = EpisodeContext.model_validate(episode.context)
        # LangGraph types it as an iterator
        events: Any = self.graph.astream(given, config, context=context, stream_mode="custom", durability="sync")
        try:
            # what the graph is still writing when somebody stops listening is written before its connection closes
            async with aclosing(events):
                async for event in events:
                    await writer.write(event)
                    if on_event:
                        on_event(event)
        finally:
            await asyncio.shield(self.pool.release(episode.episode_id))
        trajectory = await self._close(episode.episode_id)
        self.tracing.report(trajectory, root.get("run_id"))
        return trajectory

    async def _close(self, episode_id: str) -> Trajectory:
        """Write down how an episode ended."""
        checkpoint = await self.graph.aget_state(thread_of(episode_id))
        if checkpoint.interrupts:
            raise _waits(episode_id, checkpoint)
        trajectory = await asyncio.to_thread(trajectory_in, checkpoint.values)  # type: ignore[arg-type] # LangGraph types a state as a plain dict
        await self.folder.episode(episode_id).save_trajectory(trajectory)
        await self.store.finish_episode(trajectory)
        await collect_finished(self, episode_id)
        return trajectory


@asynccontextmanager
async def open_run(
    root: Path, context: EpisodeContext, *, catalog: str, strict_seed: bool = False, runtime: Runtime | None = None
) -> AsyncIterator[Run]:
    """Make a new run under a folder and open everything it needs.

    Several runs may share a runtime, which spares all but the first the start of its base process; it is left to its
    giver to close.

    Raises:
        UsageError: the folder cannot be written or the catalog not be opened, or nobody reads the context's ``past``.
    """
    context.require_past_is_read()
    settled = settle(context)
    provenance = await asyncio.to_thread(provenance_of, catalog, settled)
    folder = await asyncio.to_thread(RunFolder.create, root)
    record = RunRecord(
        run_id=folder.run_id,
        created_at=datetime.now(UTC),
        provenance=provenance,
        catalog=open_shared(catalog).name,
        context=settled.model_dump(mode="json"),
        strict_seed=strict_seed,
    )
    async with await RunStore.create(folder.store, record) as store, _opened(folder, store, record, runtime) as run:
        yield run


@asynccontextmanager
async def reopen_run(folder: RunFolder, *, runtime: Runtime | None = None) -> AsyncIterator[Run]:
    """Open an earlier run to go on with it: to resume and fork its episodes, or to add others; see ``open_run``.

    Raises:
        UsageError: there is none, or another version of this package made it.
    """
    async with await RunStore.open(folder.store) as store, _opened(folder, store, await store.run(), runtime) as run:
        yield run


def settle(context: EpisodeContext) -> EpisodeContext:
    """Make a context mean the same under other settings and in another folder: models chosen, paths absolute."""
    chosen: dict[str, Any] = {role: getattr(context, role) or configured_choice(role) for role in context.roles}
    past = tuple(str(Path(path).absolute()) for path in context.without_unread_past().past)
    return context.model_copy(update={**chosen, "past": past})


async def check_playable(task: Task, context: EpisodeContext) -> None:
    """Look for every part of an episode before anything is made for it.

    Raises:
        UsageError: a model, earlier episodes or the prices are missing.
    """
    state = EpisodeState(task=task.model_dump(mode="json"))
    await check_parts(state, Scene(context, CatalogSurroundings(), lambda event: None))


def request_for(task: Task, episode_id: str) -> EpisodeInput:
    """Ask for an episode of a task."""
    request = EpisodeInput(scenario=task.scenario, catalog=task.catalog, episode_id=episode_id)
    if task.task_idx is None:
        request["instruction"] = task.instruction
    else:
        request["task_idx"] = task.task_idx
    return request


@asynccontextmanager
async def _opened(folder: RunFolder, store: RunStore, record: RunRecord, runtime: Runtime | None) -> AsyncIterator[Run]:
    pool = EnvironmentPool(folder.episodes, runtime=runtime, strict_seed=record.strict_seed)
    async with opened_checkpoints(folder.checkpoints) as checkpointer:
        try:
            await checkpointer.setup()
        except sqlite3.Error as error:
            raise UsageError(
                f"expected the run's checkpoints in {folder.checkpoints}, cannot read them ({error}): without them no "
                "episode of it goes on"
            ) from None
        graph = create_awm_graph(checkpointer=checkpointer)
        context = EpisodeContext.model_validate(record.context)
        try:
            with use_pool(pool):
                async with traced(folder.path.parent) as tracing:
                    yield Run(folder, store, pool, graph, context, record.provenance, tracing, record.catalog)
        finally:
            await asyncio.shield(pool.close())


def _input_for(record: EpisodeRecord, checkpoint: StateSnapshot, answer: Any) -> Any:
    """Choose what the graph goes on with: an answer, nothing, or the request where no checkpoint was written yet."""
    from langgraph.types import Command

    if record.is_finished:
        raise UsageError(
            f"expected an unfinished episode, found {record.episode_id} finished ({record.outcome}): "
            "fork it to go on from one of its steps"
        )
    if checkpoint.interrupts:
        if answer is None:
            raise _waits(record.episode_id, checkpoint)
        return Command(resume=answer)
    if answer is not None:
        raise UsageError(f"expected an episode that waits, found {record.episode_id}, which does not: give no answer")
    return None if checkpoint.created_at else request_for(record.task, record.episode_id)


def _check_static(before: EpisodeContext, context: EpisodeContext) -> None:
    """Refuse static advice that would never be given; what the old episode was given is in the fork already."""
    old, new = settle(before), settle(context)
    if new.expert_kind == "static" and (old.expert_kind, old.past) != (new.expert_kind, new.past):
        raise UsageError(
            "expected an expert who can come after a step, found expert_kind static, who advises before the first one: "
            "fork from step 0 or choose another kind"
        )


def _waits(episode_id: str, checkpoint: StateSnapshot) -> EpisodeWaitsError:
    asked = checkpoint.interrupts[0]
    schema = asked.response_schema
    return EpisodeWaitsError(episode_id, asked.value, schema if isinstance(schema, dict) else None)
