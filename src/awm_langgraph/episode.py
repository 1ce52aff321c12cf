"""The values of an episode: what was asked, what was done, who helped, how it ended.

All are frozen and made of JSON types, so that they can live in graph state, in a checkpoint, in the run store and in a
trace without translation.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CallKind = Literal[
    "ok",
    "tool_not_found",
    "invalid_args",
    "invalid_action",
    "rejected",
    "server_error",
    "timeout",
    "environment_error",
]
"""How one call ended, told by structure alone.

``tool_not_found``: the name is not in the catalogue. ``invalid_args``: a validation step refused the arguments (the
tool's JSON schema, or FastAPI's own request validation). ``invalid_action``: the turn could not be read as a call
(arguments that are no JSON object, an empty turn). ``rejected``: the application answered 4xx. ``server_error``: it
answered 5xx. ``timeout``: our own clock ended the call. ``environment_error``: the environment itself failed.
"""

FORMAT_ERRORS: frozenset[CallKind] = frozenset({"tool_not_found", "invalid_args", "invalid_action"})
INFRASTRUCTURE_ERRORS: frozenset[CallKind] = frozenset({"timeout", "environment_error"})

Outcome = Literal[
    "complete",
    "incomplete",
    "format_error",
    "void",
    "no_verifier",
    "judge_error",
    "server_error",
    "agent_error",
    "content_filter",
    "model_error",
    "environment_error",
    "timeout",
]
"""How an episode ended.

Only the first three say something about the agent. ``void``: a database nobody touched passes the verifier.
``no_verifier``: the task has none. ``judge_error``: the verifier raised, ran out of time or answered nonsense, or the
judge gave no judgement. ``server_error`` and ``agent_error``: a judge found that the application kept the agent from
its task, or that the agent made no attempt that could be judged.
``content_filter`` and ``model_error``: the model's service refused or failed. ``environment_error`` and ``timeout``:
the environment failed, or the episode's wall clock ran out.
"""

SCORED_OUTCOMES: frozenset[Outcome] = frozenset({"complete", "incomplete", "format_error"})

Classification = Literal["complete", "incomplete", "server_error", "agent_error"]
"""How a judge may find that an episode went."""

VerdictMode = Literal["code", "sql", "both"]
"""Who decides: a function of the data set's (``code``), a judge who reads another's evidence (``sql``), or the first,
with the second beside it for comparison (``both``)."""

Pattern = Literal["solo", "recovery", "blind", "advised", "unhelped"]
"""How help was used: ``solo`` completed without asking; ``unhelped`` did not complete and never asked; ``blind`` asked
before its first call; ``recovery`` tried first and was helped later; ``advised`` was given advice before the task, and
none later."""

Trigger = Literal["agent", "error", "stall", "confidence", "irreversible", "finish", "start"]
"""What brings help up: the agent's own question, a failed call, a stall, low confidence of the agent's own, a call that
cannot be undone, the agent's wish to finish, or (static advice) the beginning of the episode."""
Reaction = Literal["route", "nudge", "refuse"]
"""What follows: a consultation, a hint to the agent that it may ask, or neither although there was a reason."""
Tier = Literal["transcript", "schema", "criteria", "verifier"]
"""What an expert may know, each beside what the one before it may: what the agent saw, the full tool catalogue, the
success criteria in words, the verifier's code."""
StopReason = Literal["final_answer", "step_limit", "model_error", "content_filter", "environment_error", "timeout"]


class Value(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(Value):
    """One instruction in one scenario of one catalog. ``task_idx`` is None for an instruction of the user's own."""

    catalog: str
    scenario: str
    task_idx: int | None
    instruction: str

    @property
    def key(self) -> str:
        """Name the task the way people type it: ``scenario/task_idx``."""
        return f"{self.scenario}/{'own' if self.task_idx is None else self.task_idx}"


class Call(Value):
    """One tool call with literal arguments, as a reference solution or a plan names it."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class Solution(Value):
    """A task's reference solution: the calls that complete it, in order, and what to answer at the end."""

    calls: tuple[Call, ...]
    final_answer: str = ""


class SeedProblem(Value):
    """A seed statement that SQLite refused, so that a missing row is never taken for an agent's mistake."""

    scenario: str
    table: str
    statement: str
    reason: str


class ToolOutcome(Value):
    """What came of one call. ``snapshot`` names the database after it; ``status`` is the HTTP status, if one came.

    ``repairs`` say what lenient argument handling changed before the call was made. A look-up in the tool catalogue
    (``is_lookup``) is answered by the tool interface and never reaches the environment.
    """

    name: str
    arguments: dict[str, Any]
    kind: CallKind
    text: str
    status: int | None = None
    changed: bool = False
    snapshot: str = ""
    latency_seconds: float = 0.0
    step: int = 0
    call_id: str = ""
    repairs: tuple[str, ...] = ()
    is_lookup: bool = False

    @property
    def is_error(self) -> bool:
        """Tell whether the agent got anything but an answer."""
        return self.kind != "ok"

    @property
    def is_format_error(self) -> bool:
        """Tell whether the agent wrote something that is no valid call."""
        return self.kind in FORMAT_ERRORS

    @property
    def is_infrastructure(self) -> bool:
        """Tell whether the failure was ours."""
        return self.kind in INFRASTRUCTURE_ERRORS


class Usage(Value):
    """Tokens of one or more model calls, as the service reported them, and what they cost in US dollars.

    ``cost_usd`` is None where no price is known for one of the calls.
    """

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    @property
    def tokens(self) -> int:
        """Count the tokens in both directions."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        """Add up two usages; a sum with an unknown cost in it is unknown."""
        is_known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            model_calls=self.model_calls + other.model_calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if is_known else None,
        )


class PlanStep(Call):
    """One call that an expert proposes, and why."""

    why: str = ""


class Advice(Value):
    """What an expert answers: the calls to make, in order, and what to watch."""

    plan: tuple[PlanStep, ...] = ()
    must_hold: tuple[str, ...] = ()
    final_answer: str = ""
    pitfalls: tuple[str, ...] = ()
    notes: str = ""


class Decision(Value):
    """What was decided when there was a reason to bring help up, and why; ``step`` is the step just made."""

    step: int
    trigger: Trigger
    reaction: Reaction
    reason: str


class ConsultationRecord(Value):
    """One consultation as it is kept: who asked, why, when, what the expert saw, what it said, what it cost.

    ``after_calls`` counts the environment calls made before it. ``complaints`` are the plan steps that do not fit the
    tools' schemas. ``leaks`` are literals in the advice that only the verifier could have supplied. ``specialist``
    names who of an ensemble answered. ``error`` is set when the expert could not answer; the advice is empty then.
    """

    number: int
    trigger: Trigger
    reason: str
    step: int
    after_calls: int
    expert: str
    model: str
    tier: Tier
    advice: Advice
    complaints: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    specialist: str = ""
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    criteria_error: str = ""
    error: str = ""


class Judgement(Value):
    """What a judge made of an episode, and of what.

    ``evidence`` is what the sql-mode verifier found in the databases. ``evidence_differs`` tells whether its control,
    the same verifier on (initial, initial), found something else; it is None where that failed. ``confidence`` is the
    judge's own, from 0 to 1. Without a ``classification`` there was no judgement, and ``error`` says why.
    """

    model: str
    classification: Classification | None = None
    confidence: float | None = None
    reasoning: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict)
    evidence_differs: bool | None = None
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    error: str = ""


class Verdict(Value):
    """What the verifier found, with its control: the code-mode verifier on (initial, initial) and no answer.

    ``result`` and ``control`` are the verifier's own words (``complete``, ``others``) or empty when it gave none; in
    sql mode ``result`` is the judge's classification. ``evidence`` is what the code-mode verifier said beside its word.
    ``judgement`` is there where a judge was to decide or compare; ``disagreement`` tells in words where it did not
    decide as the code did.
    """

    outcome: Outcome
    mode: VerdictMode = "code"
    result: str = ""
    control: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict)
    error: str = ""
    latency_seconds: float = 0.0
    judgement: Judgement | None = None
    disagreement: str = ""


class Reward(Value):
    """Environment reward and shaped reward; both are None where the episode says nothing about the agent."""

    environment: float | None
    shaped: float | None
    parts: dict[str, float]
    pattern: Pattern


class Provenance(Value):
    """What an episode was made with: enough to tell whether two episodes may be compared."""

    version: str
    catalog_fingerprint: str
    prompts: dict[str, str]
    models: dict[str, str]
    condition: str
    seed: int

    @property
    def is_scripted(self) -> bool:
        """Tell whether any part was played by a script, which is not a model's result."""
        return any(name.startswith("scripted:") for name in self.models.values())


class Trajectory(Value):
    """The record of an episode. ``messages`` are LangChain messages in ``messages_to_dict`` form."""

    episode_id: str
    task: Task
    provenance: Provenance
    seed_problems: tuple[SeedProblem, ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    calls: tuple[ToolOutcome, ...] = ()
    consultations: tuple[ConsultationRecord, ...] = ()
    decisions: tuple[Decision, ...] = ()
    steps: int = 0
    stop_reason: StopReason
    final_answer: str = ""
    error: str = ""
    initial_snapshot: str = ""
    final_snapshot: str = ""
    verdict: Verdict
    reward: Reward | None = None
    usage: dict[str, Usage] = Field(default_factory=dict)
    latency_seconds: float = 0.0
