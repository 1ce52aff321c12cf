"""Going on through the program with episodes that Ctrl-C ended, or that wait for a person."""

import asyncio
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from awm_langgraph.rollout import find_run, reopen_run
from awm_langgraph.testing import OpenAIServer, Reply, Request, hang, text, tool_call

Answer = subprocess.CompletedProcess[str]
_LONGEST_SECONDS = 60


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
