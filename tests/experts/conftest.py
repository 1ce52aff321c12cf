"""Two tools, and an agent that needs help with them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from awm_langgraph.episode import (
    Advice,
    ConsultationRecord,
    Outcome,
    Provenance,
    Task,
    Tier,
    ToolOutcome,
    Trajectory,
    Verdict,
)
from awm_langgraph.experts.consultation import Consultation, ToolSchema

CREATE_TRIGGER = ToolSchema(
    name="create_trigger",
    description="Add a trigger to a workflow.",
    input_schema={
        "type": "object",
        "properties": {
            "workflow_id": {"type": "integer", "description": "Id of the workflow."},
            "kind": {"type": "string", "enum": ["schedule", "event"]},
        },
        "required": ["workflow_id"],
    },
)
LIST_WORKFLOWS = ToolSchema(
    name="list_workflows", description="List workflows.", input_schema={"type": "object", "properties": {}}
)


@pytest.fixture
def tools() -> Sequence[ToolSchema]:
    """Two tools of a workflow application."""
    return (CREATE_TRIGGER, LIST_WORKFLOWS)


@pytest.fixture
def consultation(tools: Sequence[ToolSchema]) -> Consultation:
    """An agent that met an error and asks."""
    return Consultation(
        number=1,
        trigger="error",
        reason="the last step met an error: create_triger: tool_not_found",
        question="What is the tool called?",
        step=2,
        instruction="Give the workflow 'Invoices' a schedule trigger.",
        tier="criteria",
        tools=tuple(tools),
        transcript='[step 1] list_workflows {} -> ok\n    [{"id": 4, "name": "Invoices"}]',
        criteria=("The table triggers holds one row with workflow_id 4 and kind schedule.",),
        remaining=2,
    )


@pytest.fixture
def trajectory() -> Callable[..., Trajectory]:
    """Make the record of an episode that made these calls."""

    def make(
        *calls: ToolOutcome,
        instruction: str = "Give the workflow 'Invoices' a schedule trigger.",
        outcome: Outcome = "complete",
        episode_id: str = "e1",
        tier: Tier | None = None,
    ) -> Trajectory:
        helped = ConsultationRecord(
            number=1,
            trigger="error",
            reason="",
            step=1,
            after_calls=1,
            expert="dynamic",
            model="m",
            tier=tier or "transcript",
            advice=Advice(notes="so"),
        )
        return Trajectory(
            episode_id=episode_id,
            task=Task(catalog="bundled", scenario="workflow", task_idx=0, instruction=instruction),
            provenance=Provenance(version="0", catalog_fingerprint="", prompts={}, models={}, condition="none", seed=0),
            calls=calls,
            consultations=(helped,) if tier else (),
            stop_reason="final_answer",
            final_answer="It has one.",
            verdict=Verdict(outcome=outcome, evidence={"triggers_found": 1}),
        )

    return make


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write episodes as a run leaves them behind."""

    def write(*trajectories: Trajectory, name: str = "run") -> Path:
        for trajectory in trajectories:
            folder = tmp_path / name / "episodes" / trajectory.episode_id
            folder.mkdir(parents=True)
            (folder / "trajectory.json").write_text(trajectory.model_dump_json(), encoding="utf-8")
        return tmp_path / name

    return write
