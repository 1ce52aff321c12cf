"""Earlier attempts, as a run left them behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.episode import ToolOutcome
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.past import MOST_ATTEMPTS, Past, read_past

CALL = ToolOutcome(name="list_workflows", arguments={}, kind="ok", text="[]", step=1)
INSTRUCTION = "Give the workflow 'Invoices' a schedule trigger."


def test_a_run_is_read_by_its_folder_an_episode_by_its_folder_or_its_file(
    trajectory: Callable[..., Any], run_folder: Callable[..., Path]
) -> None:
    run = run_folder(trajectory(CALL, episode_id="b", outcome="incomplete"), trajectory(episode_id="a", tier="schema"))
    episode = run / "episodes" / "b"

    past = read_past(run)

    assert [(one.episode_id, one.outcome, one.tier) for one in past.attempts] == [
        ("a", "complete", "schema"),
        ("b", "incomplete", "transcript"),
    ]
    assert past.attempts[1].calls == (CALL,)
    assert past.attempts[1].evidence == {"triggers_found": 1}
    assert read_past(episode).attempts == read_past(episode / "trajectory.json").attempts == past.attempts[1:]


def test_unfinished_and_damaged_episodes_of_a_run_are_passed_over(
    trajectory: Callable[..., Any], run_folder: Callable[..., Path]
) -> None:
    run = run_folder(trajectory(episode_id="a"), trajectory(episode_id="b"))
    (run / "episodes" / "a" / "trajectory.json").write_text('{"half')
    (run / "episodes" / "c").mkdir()

    assert [attempt.episode_id for attempt in read_past(run).attempts] == ["b"]


def test_no_more_episodes_are_read_than_the_bound(tmp_path: Path, trajectory: Callable[..., Any]) -> None:
    text = trajectory().model_dump_json()
    for number in range(MOST_ATTEMPTS + 2):
        folder = tmp_path / "episodes" / f"{number:05}"
        folder.mkdir(parents=True)
        (folder / "trajectory.json").write_text(text)

    assert len(read_past(tmp_path).attempts) == MOST_ATTEMPTS


def test_any_other_file_is_a_log(tmp_path: Path) -> None:
    (tmp_path / "baseline.log").write_text("\nstep 1: list_workflows\n")

    assert read_past(tmp_path / "baseline.log").log == "step 1: list_workflows"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("empty.log", b"", "expected text in the log"),
        ("image.png", b"\x89PNG\0\0", "expected text in the log"),
        ("other.json", b"[1, 2]", "expected a trajectory in"),
        ("trajectory.json", b'{"episode_id": "e"}', "expected a trajectory in"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        read_past(tmp_path / name)


def test_a_path_without_a_past_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected finished episodes in"):
        read_past(tmp_path)
    with pytest.raises(UsageError, match="found nothing: correct the path"):
        read_past(tmp_path / "nowhere")


def test_the_attempts_at_one_task_are_those_with_its_instruction(
    trajectory: Callable[..., Any], run_folder: Callable[..., Path]
) -> None:
    past = read_past(run_folder(trajectory(episode_id="a"), trajectory(episode_id="b", instruction="Do that.")))

    assert [attempt.episode_id for attempt in past.about(f" {INSTRUCTION}\n", "schema").attempts] == ["a"]
    with pytest.raises(UsageError, match=r"an earlier attempt at this task in .*run, found 2 of other tasks"):
        past.about("Do something else.", "schema")


def test_help_from_a_higher_tier_cannot_be_smuggled_in_by_way_of_the_past(
    trajectory: Callable[..., Any], run_folder: Callable[..., Path]
) -> None:
    past = read_past(run_folder(trajectory(episode_id="a", tier="criteria"), trajectory(episode_id="b", tier="schema")))

    assert len(past.about(INSTRUCTION, "criteria").attempts) == 2
    assert [attempt.episode_id for attempt in past.about(INSTRUCTION, "schema").attempts] == ["b"]
    with pytest.raises(UsageError, match=r"without help from beyond the tier 'transcript'.*tier 'criteria'"):
        past.about(INSTRUCTION, "transcript")


def test_several_pasts_are_one(trajectory: Callable[..., Any], run_folder: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "notes.log").write_text("as it was")
    runs = [run_folder(trajectory(episode_id=name), name=name) for name in ("a", "b")]

    past = Past.of(read_past(path) for path in (*runs, tmp_path / "notes.log"))

    assert ([attempt.episode_id for attempt in past.attempts], past.log) == (["a", "b"], "as it was")
    assert past.about("Another task.", "schema").log == "as it was"
    assert Past.of([]).attempts == ()
