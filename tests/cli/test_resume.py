"""Going on through the program with an episode that Ctrl-C ended."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable

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
