"""Two experiments against one another, through LangSmith's own SDK."""

from pathlib import Path

import pytest
from langsmith import Client

from awm_langgraph.agent import EpisodeContext, episode_context
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.datasets import push_dataset
from awm_langgraph.evaluation.examples import example_of
from awm_langgraph.evaluation.experiments import Part, Scale, evaluate_in_langsmith
from awm_langgraph.evaluation.pairwise import compare
from awm_langgraph.evaluation.selection import selected_tasks
from awm_langgraph.testing import LangSmithServer

HELPED = EpisodeContext()
ALONE = episode_context(expert_kind="none")


@pytest.fixture
def dataset(client: Client, bundled: Catalog) -> str:
    tasks = selected_tasks(bundled, ["support_desk/3", "support_desk/4"])
    return push_dataset(client, "desk", [example_of(one, bundled) for one in tasks]).name


async def _experiment(
    client: Client, dataset: str, context: EpisodeContext, runs: Path, repetitions: int = 1, *, runtime: Runtime
) -> str:
    scale = Scale(runs, repetitions=repetitions, runtime=runtime)
    found = await evaluate_in_langsmith(client, Part(dataset), context, scale, on_progress=lambda *_: None)
    return found.experiment


async def test_the_better_experiment_wins_each_example_and_langsmith_has_the_pair(
    dataset: str, client: Client, server: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    alone = await _experiment(client, dataset, ALONE, tmp_path, runtime=runtime)
    helped = await _experiment(client, dataset, HELPED, tmp_path, repetitions=2, runtime=runtime)
    found = compare(client, helped, alone)
    client.flush()
    assert {score.key: (score.mean, score.count) for score in found.scores} == {
        "better_reward": (1.0, 4),
        "better_shaped_reward": (1.0, 4),
    }
    (pair,) = server.records.comparisons
    ids = {one["name"]: one["id"] for one in server.records.experiments}
    assert pair["experiment_ids"] == [ids[helped], ids[alone]]
    assert pair["id"] in found.url
    given = [one for one in server.records.feedback if one.get("comparative_experiment_id") == pair["id"]]
    per_run = {(one["run_id"], one["key"]): one["score"] for one in given}
    assert sorted(per_run.values()) == [0.0] * 4 + [1.0] * 8


async def test_experiments_that_went_the_same_way_are_a_draw(
    dataset: str, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    one, other = [await _experiment(client, dataset, ALONE, tmp_path, runtime=runtime) for _ in range(2)]
    assert {score.mean for score in compare(client, one, other).scores} == {0.5}


async def test_experiments_over_different_data_sets_are_refused(
    dataset: str, client: Client, bundled: Catalog, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "other", [example_of(one, bundled) for one in selected_tasks(bundled, ["support_desk/3"])])
    one, other = [await _experiment(client, name, ALONE, tmp_path, runtime=runtime) for name in (dataset, "other")]
    with pytest.raises(UsageError, match="over one data set"):
        compare(client, one, other)
