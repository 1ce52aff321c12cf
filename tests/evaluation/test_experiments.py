"""The same tasks and evaluators as a LangSmith experiment and here."""

from pathlib import Path

import pytest
from langsmith import Client, aevaluate

from awm_langgraph.agent import EpisodeContext, episode_context
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.datasets import push_dataset
from awm_langgraph.evaluation.evaluators import EVALUATORS
from awm_langgraph.evaluation.examples import TaskExample, example_of
from awm_langgraph.evaluation.experiments import Part, Scale, evaluate_here, evaluate_in_langsmith
from awm_langgraph.evaluation.scores import Evaluation
from awm_langgraph.evaluation.selection import selected_tasks
from awm_langgraph.evaluation.target import target
from awm_langgraph.rollout import RunStore, find_run, open_run
from awm_langgraph.testing import LangSmithServer

HELPED = EpisodeContext()
DESK = Part("desk")
ALONE = episode_context(expert_kind="none")


@pytest.fixture
def examples(bundled: Catalog) -> list[TaskExample]:
    return [example_of(one, bundled) for one in selected_tasks(bundled, ["support_desk/3", "support_desk/4"])]


def _means(evaluation: Evaluation) -> dict[str, float | None]:
    return {score.key: score.mean for score in evaluation.scores}


async def test_an_evaluation_here_is_kept_in_a_run_and_sends_nothing(
    examples: list[TaskExample],
    server: LangSmithServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runtime: Runtime,
) -> None:
    for name, value in {"TRACING": "true", "API_KEY": "a-key", "ENDPOINT": server.url}.items():
        monkeypatch.setenv(f"LANGSMITH_{name}", value)
    heard: list[tuple[int, int]] = []
    scale = Scale(tmp_path, repetitions=2, runtime=runtime)
    found = await evaluate_here(examples, HELPED, scale, on_progress=lambda *progress: heard.append(progress))
    assert (found.condition, found.episodes, found.is_scripted) == ("dynamic/criteria", 4, True)
    assert _means(found)["completed"] == 1.0
    assert _means(found)["trajectory_match"] == 1.0
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    async with await RunStore.open(find_run(tmp_path, found.run_id).store) as store:
        assert [row.outcome for row in await store.episodes()] == ["complete"] * 4
    assert server.requests == []


async def test_an_experiment_has_one_run_and_one_set_of_feedback_per_episode(
    examples: list[TaskExample], server: LangSmithServer, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "desk", examples)
    scale = Scale(tmp_path, repetitions=2, runtime=runtime)
    found = await evaluate_in_langsmith(client, DESK, ALONE, scale, on_progress=lambda *_: None)
    client.flush()
    (experiment,) = server.records.experiments
    assert (found.experiment, found.episodes) == (experiment["name"], 4)
    assert experiment["id"] in found.url
    assert experiment["extra"]["metadata"]["condition"] == "none"
    roots = [root for root in server.records.roots if root.project == experiment["name"]]
    assert len(roots) == 4
    assert sorted(root.name for root in roots) == ["episode support_desk/3"] * 2 + ["episode support_desk/4"] * 2
    assert len({root.metadata["episode_id"] for root in roots}) == 4
    for root in roots:
        assert {"condition:none", "scenario:support_desk", "expert:none", "scripted"} <= {*root.tags}
        assert (root.metadata["agent_model"], root.metadata["run_id"]) == ("scripted:novice", found.run_id)
        assert {*root.inputs} == {"scenario", "task_idx", "instruction"}
        assert root.outputs["episode_id"] == root.metadata["episode_id"]
        (episode,) = server.records.children(root)
        assert next(child.name for child in server.records.children(episode)) == "reset"
        given = server.records.feedback_on(root)
        assert given["completed"]["score"] == 0.0
        assert {"reward", "steps", "format_errors", "consultation_pattern", "trajectory_match"} <= {*given}
    async with await RunStore.open(find_run(tmp_path, found.run_id).store) as store:
        assert len(await store.episodes()) == 4


async def test_both_ways_say_the_same(
    examples: list[TaskExample], client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "desk", examples)
    here = await evaluate_here(examples, HELPED, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)
    there = await evaluate_in_langsmith(
        client, DESK, HELPED, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None
    )
    assert _means(here) == _means(there)


async def test_ones_own_code_needs_the_target_and_the_evaluators(
    examples: list[TaskExample], server: LangSmithServer, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "desk", examples)
    async with open_run(tmp_path, HELPED, catalog="bundled", runtime=runtime) as run:
        results = await aevaluate(target(run), data="desk", evaluators=[*EVALUATORS], client=client)
        assert len([row async for row in results]) == 2
    assert len(server.records.experiments) == 1


async def test_an_episodes_trace_carries_the_split_of_its_example(
    bundled: Catalog, server: LangSmithServer, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    (with_split, without) = selected_tasks(bundled, ["support_desk/3", "support_desk/4"])
    with_split = with_split.model_copy(update={"splits": ("test",)})
    push_dataset(client, "desk", [example_of(one, bundled) for one in (with_split, without)])
    await evaluate_in_langsmith(client, DESK, ALONE, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)
    client.flush()
    tags = {run.name: run.tags for run in server.records.roots}
    assert "split:test" in tags["episode support_desk/3"]
    assert not [tag for tag in tags["episode support_desk/4"] if tag.startswith("split:")]


async def test_an_example_that_is_no_task_fails_alone_and_says_why(
    server: LangSmithServer, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    wrong, right = {"question": "How many?"}, {"scenario": "support_desk", "task_idx": 3}
    dataset = client.create_dataset("mixed")
    client.create_examples(dataset_id=dataset.id, examples=[{"inputs": wrong}, {"inputs": right}])
    async with open_run(tmp_path, ALONE, catalog="bundled", runtime=runtime) as run:
        results = await aevaluate(target(run), data="mixed", evaluators=[*EVALUATORS], client=client)
        errors = {tuple(row["example"].inputs or {}): row["run"].error async for row in results}
    assert "expected the name of a scenario" in str(errors.pop(("question",)))
    assert [*errors.values()] == [None]


async def test_a_model_that_cannot_be_had_is_told_and_nothing_is_scored(
    examples: list[TaskExample], client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "desk", examples)
    wrong = episode_context(agent="scripted:nobody", expert_kind="none")
    with pytest.raises(UsageError, match="scripted:nobody"):
        await evaluate_here(examples, wrong, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)
    with pytest.raises(UsageError, match="scripted:nobody"):
        await evaluate_in_langsmith(client, DESK, wrong, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)


async def test_an_experiment_keeps_to_splits_and_to_the_first_tasks_and_has_the_name_it_is_given(
    bundled: Catalog, server: LangSmithServer, client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    splits = [("train",), ("test",), ("hard", "test"), (), ("test",)]
    chosen = zip(selected_tasks(bundled, ["support_desk"]), splits, strict=True)
    push_dataset(client, "desk", [example_of(one.model_copy(update={"splits": of}), bundled) for one, of in chosen])
    part = Part("desk", ("hard", "train"), limit=1)
    found = await evaluate_in_langsmith(
        client, part, ALONE, Scale(tmp_path, runtime=runtime), name="mine", on_progress=lambda *_: None
    )
    assert found.episodes == 1
    assert found.experiment.startswith("mine none")
    part = Part("desk", ("test",))
    await evaluate_in_langsmith(client, part, ALONE, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)
    client.flush()
    first, second = server.records.experiments
    played = [
        {run.inputs["task_idx"] for run in server.records.roots if run.project == experiment["name"]}
        for experiment in (first, second)
    ]
    assert played == [{0}, {1, 2, 4}]


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        (
            Part("desk", ("dev",)),
            "expected tasks of the split dev, found none: the splits of the data set desk are base",
        ),
        (Part("empty"), "expected examples in the data set empty, found none"),
        (Part(""), "expected a data set's name, found ''"),
    ],
)
async def test_a_part_without_examples_is_told(
    part: Part, complaint: str, examples: list[TaskExample], client: Client, tmp_path: Path, runtime: Runtime
) -> None:
    push_dataset(client, "desk", examples)
    push_dataset(client, "empty", [])
    with pytest.raises(UsageError, match=complaint):
        await evaluate_in_langsmith(client, part, ALONE, Scale(tmp_path, runtime=runtime), on_progress=lambda *_: None)
