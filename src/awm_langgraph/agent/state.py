"""What an episode's graph remembers: JSON types and LangChain messages, never a live handle.

The descriptions are what LangGraph Studio shows beside its form's fields.
"""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads the standard one only from Python 3.12 on

from awm_langgraph.episode import StopReason, Usage

BundledScenario = Literal["support_desk", "workflow_automation"]
"""What a form offers as a choice; it may be any other name too."""

ConditionName = Literal[
    "context",
    "none",
    "dynamic/transcript",
    "dynamic/schema",
    "dynamic/criteria",
    "dynamic/verifier",
    "ensemble/criteria",
    "human/schema",
    "static/schema",
    "memory/schema",
]
"""What a form offers as a choice; see ``EpisodeContext.in_condition`` for the others."""

Condition = Annotated[
    ConditionName,
    Field(
        title="Condition",
        description="Who helps and what they may know. context: as the context says, in `expert_kind` and "
        "`expert_tier`; any other choice goes before these two, and all else stays as the context says. none: the "
        "agent works alone. human: you are asked. static and memory need earlier episodes, in the context's `past`.",
        json_schema_extra={"default": "context"},
    ),
    EphemeralValue,  # said of one episode, and not of the thread's next one, nor of one that could not begin
]

Record = dict[str, Any]
"""A value of ``awm_langgraph.episode`` in JSON form (``model_dump(mode="json")``)."""


def add_usage(old: dict[str, Record], new: dict[str, Record]) -> dict[str, Record]:
    """Add up token usage role by role."""
    total = dict(old)
    for role, usage in new.items():
        before = Usage.model_validate(total.get(role, {}))
        total[role] = (before + Usage.model_validate(usage)).model_dump(mode="json")
    return total


class EpisodeInput(TypedDict, total=False):
    """What a caller says to start an episode."""

    scenario: Annotated[
        BundledScenario | str,
        Field(
            title="Scenario",
            description="Which world to work in. Bundled: support_desk (a help desk's tickets; 5 tasks) and "
            "workflow_automation (workflows, runs, schedules and alerts; 10 tasks). Other catalogs have other names: "
            "see `awm-langgraph scenarios list --catalog NAME`.",
            examples=["support_desk", "workflow_automation"],
        ),
    ]
    task_idx: Annotated[
        int | None,
        Field(
            title="Task",
            description="Which of the scenario's tasks, counted from 0. Leave empty for your own instruction.",
            examples=[0, 3],
        ),
    ]
    instruction: Annotated[
        str,
        Field(
            title="Own instruction",
            description="Your own instruction instead of a task, for a model of yours: scripts play tasks alone. "
            "Nothing verifies such an episode.",
            examples=["How many tickets of high priority are open?"],
        ),
        EphemeralValue,  # as a condition is
    ]
    condition: Condition
    catalog: Annotated[
        str,
        Field(
            title="Catalog",
            description="Where the scenario is: `bundled`, `awm-1k` or a folder. Empty: AWM_CATALOG, else bundled.",
            examples=["bundled", "awm-1k"],
        ),
    ]
    episode_id: Annotated[
        str,
        Field(title="Episode id", description="Name of the episode's folder. Empty: a new one is made."),
    ]


class OwnInput(TypedDict, total=False):
    """What a caller says to start an episode with tools of their own."""

    instruction: Annotated[
        str,
        Field(
            title="Instruction",
            description="What the agent is to do. Empty: what the messages say, else the example that the graph brings "
            "along, if it does.",
        ),
        EphemeralValue,
    ]
    messages: Annotated[list[AnyMessage], add_messages]
    condition: Condition
    episode_id: Annotated[str, Field(description="Name of the episode. Empty: a new one is made.")]


class EpisodeState(EpisodeInput, total=False):
    """Everything the nodes hand to one another."""

    task: Annotated[Record, Field(description="The task as the catalog has it.")]
    provenance: Annotated[Record, Field(description="What the episode is made with.")]
    context: Annotated[Record, Field(description="The settings it began with.")]
    chosen_condition: Annotated[str, Field(description="What its input chose over the context; empty: nothing.")]
    seed_problems: Annotated[list[Record], Field(description="Seed rows missing from this episode's database.")]
    initial_snapshot: Annotated[str, Field(description="The database before the first call.")]
    snapshot: Annotated[str, Field(description="The database as it is now.")]
    messages: Annotated[list[AnyMessage], add_messages]
    steps: Annotated[int, Field(description="Agent turns so far that called a tool, or tried to.")]
    calls: Annotated[list[Record], operator.add]
    consultations: Annotated[list[Record], operator.add]
    decisions: Annotated[list[Record], operator.add]
    usage: Annotated[dict[str, Record], add_usage]
    active_seconds: Annotated[float, operator.add]
    sealed_episode_id: Annotated[str, Field(description="The episode that this thread finished last.")]
    started_at: Annotated[float, Field(description="When the episode began, in seconds since 1970.")]
    finished_at: Annotated[float, Field(description="When the verdict was there, in seconds since 1970.")]
    stop_reason: Annotated[StopReason | Literal[""], Field(description="Why the agent's part ended.")]
    error: Annotated[str, Field(description="What failed, where something did.")]
    final_answer: str
    outcome: str
    verdict: Record
    reward: Annotated[Record, Field(description="Environment and shaped reward with their parts.")]


class EpisodeOutput(TypedDict, total=False):
    """What an episode leaves behind."""

    episode_id: str
    task: Record
    provenance: Record
    outcome: str
    reward: Record
    verdict: Record
    final_answer: str
    stop_reason: str
    error: str
    steps: int
    calls: list[Record]
    consultations: list[Record]
    decisions: list[Record]
    messages: list[AnyMessage]
    usage: dict[str, Record]
    initial_snapshot: str
    snapshot: str
    seed_problems: list[Record]
    started_at: float
    finished_at: float
