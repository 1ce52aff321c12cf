"""What a caller may choose about an episode: models, expert, triggers, budgets. Never a key, never a live object."""

from __future__ import annotations

from typing import Annotated, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from awm_langgraph.episode import VerdictMode
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.triggers import Triggers
from awm_langgraph.models import ModelChoice, Role


def _choice(value: object) -> object:
    """Read a plain name as a model without further parameters."""
    return {"model": value} if isinstance(value, str) else value


RoleChoice = Annotated[ModelChoice | None, BeforeValidator(_choice, json_schema_input_type=ModelChoice | str | None)]


class EpisodeContext(BaseModel):
    """The settings of one run of the graph, given as LangGraph's ``context=``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    expert_kind: Literal["none", "dynamic"] = Field("dynamic", description="Who helps: nobody, or a model on demand.")
    escalate_on_error: bool = Field(True, description="Bring the expert in when the agent's last step met an error.")
    stall_steps: int = Field(
        5,
        ge=1,
        description="Bring the expert in after so many steps without progress since the start or the last advice.",
    )
    max_consultations: int = Field(3, ge=0, description="Most consultations in one episode.")
    max_steps: int = Field(15, ge=1, description="Most agent turns with a call in one episode.")
    model_timeout_seconds: float = Field(120.0, gt=0, description="Longest time one model call may take.")
    episode_timeout_seconds: float = Field(1800.0, gt=0, description="Longest time the nodes may work.")
    seed: int = Field(0, description="Seed of the scripted models' mistakes.")

    @property
    def offers_expert(self) -> bool:
        """Tell whether this episode has an expert at all."""
        return self.expert_kind != "none" and self.max_consultations > 0

    @property
    def roles(self) -> tuple[Role, ...]:
        """Name the roles that a model plays in this episode."""
        expert: tuple[Role, ...] = ("expert",) if self.offers_expert else ()
        judge: tuple[Role, ...] = ("judge",) if self.verifier_mode != "code" else ()
        return ("agent", *expert, *judge)

    @property
    def triggers(self) -> Triggers:
        """Gather what brings the expert in."""
        return Triggers(
            max_consultations=self.max_consultations,
            escalate_on_error=self.escalate_on_error,
            stall_steps=self.stall_steps,
        )

    @property
    def condition(self) -> str:
        """Name the arm of a comparison that this episode belongs to."""
        return self.expert_kind if self.offers_expert else "none"


def context_of(runtime: Runtime[EpisodeContext]) -> EpisodeContext:
    """Read a node's context; the defaults where there is none, or that of a surrounding graph which is not for us."""
    given: object = runtime.context
    return given if isinstance(given, EpisodeContext) else EpisodeContext()


def episode_context(**values: object) -> EpisodeContext:
    """Make a context from loose values.

    Raises:
        UsageError: a value is out of range or its name is unknown.
    """
    try:
        return EpisodeContext.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"context: {place}: {first['msg']}, found {first['input']!r}: correct it") from None
