"""Episodes as tests: each task of the split ``test`` is completed with the expert's help, who also checks its end.

LangSmith's pytest plug-in keeps what is logged in a data set; ``LANGSMITH_TEST_TRACKING=false`` sends nothing.
"""

import json
from pathlib import Path

import pytest
from langsmith import testing

from awm_langgraph.evaluation import EVALUATORS, open_target, results_of

SPLIT = [row for row in json.loads(Path(__file__).with_name("bundled.json").read_text()) if row["split"] == "test"]


@pytest.mark.langsmith
@pytest.mark.parametrize("task", SPLIT, ids=lambda task: f"{task['scenario']}-{task['task_idx']}")
async def test_a_task_is_completed_with_help(task: dict[str, object], tmp_path: Path) -> None:
    """Run the task, tell LangSmith what every evaluator says of it, and ask for completion."""
    testing.log_inputs(task)
    async with open_target(tmp_path, seed=1, on_finish="route") as episode:
        outputs = await episode(task)
    testing.log_outputs(outputs)
    given = {one["key"]: one for each in EVALUATORS for one in results_of(each, outputs, {})}
    for key, one in given.items():
        testing.log_feedback(key=key, score=one.get("score"), value=one.get("value"))
    assert given["completed"]["score"] == 1.0
