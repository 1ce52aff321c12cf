"""Experiments in TOML."""

from pathlib import Path

import pytest

from awm_langgraph.agent import episode_context
from awm_langgraph.catalog import Catalog
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.experiment_file import read_experiment
from awm_langgraph.evaluation.selection import selected_tasks

EVALS = Path(__file__).parents[2] / "evals"


def _written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_files_of_tasks_are_found_beside_it_and_scenarios_by_name(tmp_path: Path) -> None:
    read = read_experiment(_written(tmp_path, 'tasks = ["pairs.json", "support_desk/3"]\ncontext = {seed = 2}\n'))
    assert read.tasks == (str(tmp_path / "pairs.json"), "support_desk/3")
    assert (read.conditions, read.repetitions, read.concurrency) == (("dynamic/criteria",), 1, 4)
    assert read.context == {"seed": 2}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tasks = [", "expected TOML in"),
        ('dataset = "desk"', "tasks: field required"),
        ("tasks = []", "tasks: "),
        ('tasks = ["all"]\nrepetitons = 2', "repetitons: extra inputs are not permitted"),
        ('tasks = ["all"]\nconcurrency = 0', "concurrency: input should be greater than or equal to 1"),
    ],
)
def test_a_file_that_says_something_else_is_told_in_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        read_experiment(_written(tmp_path, text))
    assert complaint in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected an experiment at .*none\.toml, cannot read it"):
        read_experiment(tmp_path / "none.toml")


@pytest.mark.parametrize("path", sorted(EVALS.glob("*.toml")), ids=lambda path: path.stem)
def test_each_experiment_of_ours_names_tasks_conditions_and_fields_that_exist(path: Path, bundled: Catalog) -> None:
    read = read_experiment(path)
    assert len(selected_tasks(bundled, read.tasks)) == 15
    for condition in read.conditions:
        kind, _, tier = condition.partition("/")
        wanted = read.context | {"expert_kind": kind} | ({"expert_tier": tier} if tier else {})
        assert episode_context(**wanted).condition == condition
