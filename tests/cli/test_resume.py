"""Going on through the program with episodes that Ctrl-C ended, or that wait for a person."""

import asyncio
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import awm_langgraph
from awm_langgraph.agent import EpisodeContext, EpisodeInput
from awm_langgraph.rollout import find_run, open_run, reopen_run
from awm_langgraph.testing import OpenAIServer, Reply, Request, hang, text, tool_call

Answer = subprocess.CompletedProcess[str]
_LONGEST_SECONDS = 300
BUNDLED = Path(awm_langgraph.__file__).parent / "scenarios"


def test_an_interrupted_episode_goes_on_where_it_was(
    begin: Callable[..., subprocess.Popen[str]], end: Callable[..., Answer], cli: Callable[..., Answer]
) -> None:
    asked = 0
    is_stuck = threading.Event()

    def answer(request: Request) -> Reply:
        nonlocal asked
        asked += 1
        if asked == 1:
            return tool_call("update_ticket", {"ticket_id": 7, "priority": "urgent"})
        if asked == 2:
            is_stuck.set()
            return hang()
        return text("Ticket 7 is urgent now.")

    with OpenAIServer(answer) as server:
        process = begin(
            *("run", "support_desk", "--task", "0", "--no-expert"),
            *("--agent", "openai:served", "--agent-base-url", server.base_url),
        )
        assert is_stuck.wait(_LONGEST_SECONDS)
        process.send_signal(signal.SIGINT)
        assert end(process).returncode == 130
        # neither the model nor the condition is said again: they are the episode's own
        resumed = cli("resume", "--json")
    assert resumed.returncode == 0, resumed.stderr
    (document,) = json.loads(resumed.stdout)
    assert (document["outcome"], document["condition"], document["calls"]) == ("complete", "none", 1)
    assert asked == 3
    (run,) = json.loads(cli("runs", "list", "--json").stdout)
    assert (run["episodes"], run["complete"], run["unfinished"]) == (1, 1, 0)
    again = cli("resume")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == f"notice: every episode of {run['run_id']} is finished: nothing to resume\n"


def test_an_episode_that_waits_keeps_no_other_one_from_going_on(
    cli: Callable[..., Answer], finished: Any, tmp_path: Path
) -> None:
    shutil.copytree(finished.runs, tmp_path / "kept")
    run_id, episode = finished.document["run_id"], finished.document["episode_id"]
    waiting = cli("fork", episode, "--at", "4", "--expert-kind", "human", "--out", "kept").stderr
    waits = waiting.rpartition("error: episode ")[2].split()[0]

    async def leave_one_more_unfinished() -> str:
        async with reopen_run(find_run(tmp_path / "kept", run_id)) as run:
            return (await run.begin_fork(episode, 4)).episode_id

    other = asyncio.run(leave_one_more_unfinished())
    resumed = cli("resume", run_id, "--out", "kept", "--json")
    assert resumed.returncode == 2
    assert [one["episode_id"] for one in json.loads(resumed.stdout)] == [other]
    told = [line for line in resumed.stderr.splitlines() if line.startswith("error: ")]
    command = f"awm-langgraph resume {waits} --answer JSON --out kept"
    assert told == [f"error: episode {waits} waits for an answer: give it with `{command}`"]


def test_a_scenario_that_is_gone_keeps_no_other_episode_from_going_on(
    cli: Callable[..., Answer], tmp_path: Path
) -> None:
    catalog = tmp_path / "catalog"
    for name in ("gone", "kept"):
        shutil.copytree(BUNDLED / "support_desk", catalog / name)

    async def leave_both_unfinished() -> tuple[str, list[str]]:
        context = EpisodeContext.model_validate({"agent": "scripted:solver", "expert_kind": "none"})
        async with open_run(tmp_path / "runs", context, catalog=str(catalog)) as run:
            requests = [{"catalog": str(catalog), "scenario": name, "task_idx": 0} for name in ("gone", "kept")]
            ended = [await run.episode(cast(EpisodeInput, one)) for one in requests]
            return run.run_id, [(await run.begin_fork(one.episode_id, 1)).episode_id for one in ended]

    run_id, (_, other) = asyncio.run(leave_both_unfinished())
    shutil.rmtree(catalog / "gone")
    resumed = cli("resume", run_id, "--json")
    assert resumed.returncode == 2
    assert [one["episode_id"] for one in json.loads(resumed.stdout)] == [other]
    (told,) = [line for line in resumed.stderr.splitlines() if line.startswith("error: ")]
    assert "no scenario `gone` in catalog" in told


def test_where_nobody_can_be_asked_the_question_is_shown_and_so_is_why_an_answer_was_sent_back(
    cli: Callable[..., Answer], finished: Any, tmp_path: Path
) -> None:
    shutil.copytree(finished.runs, tmp_path / "runs")
    waiting = cli("fork", finished.document["episode_id"], "--at", "4", "--expert-kind", "human")
    assert waiting.returncode == 2
    assert "trigger: " in waiting.stderr
    assert "instruction: " in waiting.stderr
    *_, complaint = waiting.stderr.splitlines()
    assert "sent back" not in complaint
    assert complaint.endswith(" --answer JSON`")
    waits = complaint.partition("episode ")[2].split()[0]
    again = cli("resume", waits, "--answer", '{"plan_text": "close_everything {}"}')
    assert again.returncode == 2
    *_, complaint = again.stderr.splitlines()
    assert "waits for an answer, as the one before was sent back (" in complaint
    assert "close_everything" in complaint


@pytest.mark.parametrize(
    ("file", "complaint"),
    [("run.db", "error: expected a run store at "), ("checkpoints.db", "error: expected the run's checkpoints in ")],
)
@pytest.mark.parametrize("command", [("resume",), ("counterfactual", "--repeat", "1"), ("fork", "--at", "1")])
def test_a_damaged_file_of_a_run_is_named_in_one_line(
    cli: Callable[..., Answer], finished: Any, tmp_path: Path, command: tuple[str, ...], file: str, complaint: str
) -> None:
    run = tmp_path / "runs" / finished.document["run_id"]
    shutil.copytree(finished.runs, tmp_path / "runs")
    if command == ("resume",):
        assert cli("fork", run.name, "--at", "4", "--expert-kind", "human").returncode == 2
    for path in run.glob(f"{file}*"):
        path.unlink()
    (run / file).write_bytes(b"no database at all" * 100)
    answer = cli(command[0], run.name, *command[1:])
    assert (answer.returncode, answer.stdout) == (2, "")
    (told,) = answer.stderr.splitlines()
    assert told.startswith(f"{complaint}{run / file}")
