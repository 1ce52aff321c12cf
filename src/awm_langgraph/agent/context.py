"""What a caller may choose about an episode: models, expert, triggers, budgets. Never a key, never a live object."""

from __future__ import annotations

from copy import copy
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self, get_args

from langgraph.runtime import Runtime
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    create_model,
    model_validator,
)

from awm_langgraph.episode import Tier, VerdictMode
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import Policy, PolicyFields
from awm_langgraph.models import ModelChoice, Role

ExpertKind = Literal["none", "dynamic", "static", "human", "ensemble", "memory"]

AS_CONTEXT = "context"
"""Where an input may name a condition: the one that the context describes."""


def _choice(value: object) -> object:
    """Read a plain name as a model without further parameters."""
    return {"model": value} if isinstance(value, str) else value


RoleChoice = Annotated[ModelChoice | None, BeforeValidator(_choice, json_schema_input_type=str | ModelChoice | None)]


class ModelFields(BaseModel):
    """Who plays which role."""

    agent: RoleChoice = Field(
        None,
        description="The model that does the task. Empty: AWM_AGENT_*, else scripted:novice. "
        "Keys go only to the endpoints that the settings name.",
    )
    expert: RoleChoice = Field(
        None, description="The model that the expert asks. Empty: AWM_EXPERT_*, else scripted:expert."
    )
    judge: RoleChoice = Field(
        None, description="The model that grades, where it is asked to. Empty: AWM_JUDGE_*, else scripted:judge."
    )
    verifier_mode: VerdictMode = Field(
        "code",
        description="Who says whether the task was done: the data set's code, a judge who reads evidence from the "
        "database (sql), or the code with a judge beside it for comparison (both).",
    )
    model_timeout_seconds: float = Field(120.0, gt=0, description="Longest time one model call may take.")


class ExpertFields(BaseModel):
    """Who helps, and what they may know."""

    expert_kind: ExpertKind = Field(
        "dynamic",
        description="Who helps: nobody (none), a model on demand (dynamic), a model once before the task, from the "
        "records of an earlier run (static), a person (human), a choice of specialists (ensemble), or the agent's own "
        "past successes (memory).",
    )
    expert_tier: Tier = Field(
        "criteria",
        description="What the expert may know: what the agent saw (transcript), also every tool (schema), also what "
        "the verifier will look for (criteria), also the verifier's code (verifier).",
    )
    past: tuple[str, ...] = Field(
        (),
        description="Where a static expert and a memory read of earlier episodes: folders of runs, trajectories or a "
        "plain log. Empty for any other expert.",
    )


class InterfaceFields(BaseModel):
    """How the agent sees its tools and their answers."""

    tool_interface: Literal["native", "gateway", "text", "search"] = Field(
        "native",
        description="One function for every tool (native), list_tools and call_tool (gateway), calls written as text "
        "(text), or looking tools up in a large catalogue (search).",
    )
    argument_mode: Literal["strict", "lenient"] = Field(
        "strict",
        description="What becomes of arguments that do not fit a schema: they are refused (strict), or repaired where "
        "they can be read in only one way (lenient).",
    )
    result_limit_characters: int = Field(
        20_000, ge=200, description="Longest tool result that the agent is shown whole."
    )
    conversation_limit_characters: int = Field(
        200_000, ge=1000, description="Most characters of tool results that the agent is shown altogether."
    )


class EpisodeContext(InterfaceFields, PolicyFields, ExpertFields, ModelFields):  # a form shows the last one's first
    """The settings of one run of the graph, given as LangGraph's ``context=``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_steps: int = Field(15, ge=1, description="Most agent turns with a call in one episode.")
    episode_timeout_seconds: float = Field(1800.0, gt=0, description="Longest time the nodes may work.")
    seed: int = Field(0, description="Seed of the scripted models' mistakes.")

    @model_validator(mode="wrap")
    @classmethod
    def _told_in_one_line(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            raise _mistake(error) from None

    @property
    def offers_expert(self) -> bool:
        """Tell whether this episode has an expert at all."""
        return self.expert_kind != "none" and self.max_consultations > 0

    @property
    def may_ask(self) -> bool:
        """Tell whether the agent itself can ask: who advises only before the task cannot be asked."""
        return self.offers_expert and self.expert_kind != "static"

    @property
    def roles(self) -> tuple[Role, ...]:
        """Name the roles that a model plays in this episode."""
        is_model = self.offers_expert and self.expert_kind not in ("human", "memory")
        expert: tuple[Role, ...] = ("expert",) if is_model else ()
        judge: tuple[Role, ...] = ("judge",) if self.verifier_mode != "code" else ()
        return ("agent", *expert, *judge)

    @property
    def reads_past(self) -> bool:
        """Tell whether somebody here learns from earlier episodes."""
        return self.offers_expert and self.expert_kind in ("static", "memory")

    @property
    def policy(self) -> Policy:
        """Gather what brings help up."""
        return Policy.of(self)

    @property
    def condition(self) -> str:
        """Name the arm of a comparison that this episode belongs to: the kind of expert and what it may know."""
        return f"{self.expert_kind}/{self.expert_tier}" if self.offers_expert else "none"

    def in_condition(self, name: object) -> Self:
        """Put an episode in the condition of that name, ``KIND`` or ``KIND/TIER``; whatever else was chosen stays.

        That is all but a ``past`` which nobody reads then. ``AS_CONTEXT`` and no name at all change nothing.

        Raises:
            UsageError: there is no such condition.
        """
        if name in (None, "", AS_CONTEXT):
            return self
        kind, _, tier = name.partition("/") if isinstance(name, str) else ("", "", "")
        if kind not in get_args(ExpertKind) or (tier or self.expert_tier) not in get_args(Tier):
            raise UsageError(
                f"condition: expected {AS_CONTEXT}, none or KIND/TIER such as dynamic/criteria, found {name!r}: a KIND "
                f"is one of {', '.join(get_args(ExpertKind))}, a TIER one of {', '.join(get_args(Tier))}"
            )
        chosen = self.model_copy(update={"expert_kind": kind, "expert_tier": tier or self.expert_tier})
        return chosen.without_unread_past()

    def without_unread_past(self) -> Self:
        """Drop the earlier episodes where nobody reads them."""
        return self if self.reads_past or not self.past else self.model_copy(update={"past": ()})

    def require_past_is_read(self) -> None:
        """See that nobody was given earlier episodes in vain; a default of the graph's own counts for nothing.

        Raises:
            UsageError: somebody was.
        """
        if self.past and "past" in self.model_fields_set and not self.reads_past:
            raise UsageError(
                "past: expected an expert who reads earlier episodes (expert_kind static or memory), found condition "
                f"{self.condition}: choose such an expert or leave past out"
            )


def context_of(runtime: Runtime[EpisodeContext], kind: type[EpisodeContext] = EpisodeContext) -> EpisodeContext:
    """Read a node's context; the defaults where there is none, or that of a surrounding graph which is not for us."""
    given: object = runtime.context
    if not isinstance(given, EpisodeContext):
        return kind()
    # whoever gave a context has chosen what they said, and not what they left to the defaults
    return given if isinstance(given, kind) else kind.model_validate(given.model_dump(exclude_unset=True))


def context_with(**defaults: object) -> type[EpisodeContext]:
    """Make a kind of context that has other defaults, for a graph that is to show them.

    Raises:
        UsageError: a value is out of range or its name is unknown.
    """
    chosen = episode_context(**defaults)
    fields: dict[str, Any] = {}
    for name in defaults:
        field = copy(EpisodeContext.model_fields[name])
        field.default = getattr(chosen, name)
        fields[name] = (field.annotation, field)
    return create_model("EpisodeContext", __base__=EpisodeContext, __doc__=EpisodeContext.__doc__, **fields)


def episode_context(**values: object) -> EpisodeContext:
    """Make a context from loose values.

    Raises:
        UsageError: a value is out of range or its name is unknown.
    """
    return EpisodeContext.model_validate(values)


def _mistake(error: ValidationError) -> UsageError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden" and place not in EpisodeContext.model_fields:
        alike = get_close_matches(place, EpisodeContext.model_fields, n=1)
        hint = f"did you mean {alike[0]}?" if alike else "EpisodeContext lists what there is"
        return UsageError(f"context: there is no field {place!r}; {hint}")
    return UsageError(f"context: {place}: {first['msg']}, found {first['input']!r}: correct it")
