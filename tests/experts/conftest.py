"""Two tools, and an agent that needs help with them."""

from collections.abc import Sequence

import pytest

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
        tools=tuple(tools),
        transcript='[step 1] list_workflows {} -> ok\n    [{"id": 4, "name": "Invoices"}]',
        criteria=("The table triggers holds one row with workflow_id 4 and kind schedule.",),
        remaining=2,
    )
