"""Episodes as tests: each task of the split ``test`` is completed with the expert's help, who also checks its end.

LangSmith's pytest plug-in keeps what is logged in a data set, with the tests' arguments as its examples' inputs:
``LANGSMITH_TRACING=true`` and a key are needed for it, ``LANGSMITH_TEST_TRACKING=false`` sends nothing.
"""

import json
from pathlib import Path

import pytest
from langsmith import testing

from awm_langgraph.evaluation import EVALUATORS, open_target, results_of

ROWS = json.loads(Path(__file__).with_name("bundled.json").read_text())
TASKS = [(row["scenario"], row["task_idx"]) for row in ROWS if row["split"] == "test"]


@pytest.mark.langsmith(test_suite_name="awm-bundled-tests")
@pytest.mark.parametrize(("scenario", "task_idx"), TASKS)
async def test_a_task_is_completed_with_help(scenario: str, task_idx: int) -> None:
    """Run the task, tell LangSmith what every evaluator says of it, and ask for completion."""
    async with open_target(seed=1, on_finish="route") as episode:
        outputs = await episode({"scenario": scenario, "task_idx": task_idx})
    testing.log_outputs(outputs)
    given = {one["key"]: one for each in EVALUATORS for one in results_of(each, outputs, {})}
    for key, one in given.items():
        testing.log_feedback(key=key, score=one.get("score"), value=one.get("value"))
    assert given["completed"]["score"] == 1.0
