"""What a scenario's code can reach, when it is loaded and when it is called, judged from outside."""

import json
import os
from pathlib import Path

import pytest
from tests.environment.fork.conftest import Opened, children_of, descendants_of, parent_of, with_code

from awm_langgraph.catalog import Scenario
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.errors import UntrustedCodeError, UsageError
from awm_langgraph.sandbox import Capabilities

CANARY = Path("/tmp/awm-rogue")


def environment_of(pid: int) -> bytes:
    try:
        return Path("/proc", str(pid), "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        # one that tries tools may have ended just now
        return b""


async def test_a_child_reaches_nothing_but_its_own_folder(
    rogue: Scenario, opened: Opened, runtime: ForkRuntime, tmp_path: Path
) -> None:
    CANARY.unlink(missing_ok=True)
    async with opened(rogue) as neighbour, opened(rogue) as child:
        territory = runtime.live_folder(rogue, tmp_path).parent
        databases = [str(path) for path in territory.glob("*/scenario.db") if "scratch" not in str(path)]
        assert len(databases) == 2
        for database in databases:
            found = json.loads((await child.call("attempts", {"neighbour": database})).text)
            reached = {name for name, answer in found.items() if not answer.startswith("refused")}
            assert reached - {"neighbour"} == set(), found
        readable = [
            "refused" not in json.loads((await child.call("attempts", {"neighbour": database})).text)["neighbour"]
            for database in databases
        ]
        assert sorted(readable) == [False, True]
        assert (await neighbour.call("ping", {})).kind == "ok"
    assert not CANARY.exists()


async def test_code_is_confined_already_while_it_is_loaded(rogue: Scenario, opened: Opened) -> None:
    async with opened(rogue) as child:
        found = json.loads((await child.call("attempts_at_load", {})).text)
        assert {name for name, answer in found.items() if not answer.startswith("refused")} == set(), found


async def test_nothing_of_the_runners_environment_is_passed_on(
    rogue: Scenario, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWM_AGENT_API_KEY", "sk-secret")
    async with opened(rogue) as child:
        environment = json.loads((await child.call("environment", {})).text)
        assert set(environment) <= {"DATABASE_PATH", "LC_CTYPE", "SQLITE_TMPDIR"}
        found = [environment_of(pid) for pid in descendants_of(os.getpid())]
        assert any(found)
        assert not any(b"sk-secret" in one for one in found)


async def test_a_child_holds_no_descriptor_of_a_sibling(rogue: Scenario, opened: Opened) -> None:
    async with opened(rogue) as one, opened(rogue), opened(rogue) as last:
        # its stream to the runner, and the pair with which its event loop wakes itself
        for child in (one, last):
            assert len(json.loads((await child.call("sockets", {})).text)) == 3


async def test_only_zygotes_fork_and_the_runner_has_one_child(rogue: Scenario, opened: Opened) -> None:
    async with opened(rogue) as child:
        zygote = parent_of(child.pid)
        root = parent_of(zygote)
        assert parent_of(root) == os.getpid()
        assert json.loads((await child.call("pids", {})).text) == [child.pid, zygote]


async def test_what_a_child_prints_is_in_its_log_up_to_a_bound(rogue: Scenario, opened: Opened, tmp_path: Path) -> None:
    async with opened(rogue) as child:
        assert (await child.call("chatter", {"lines": 10_000})).text == '"said"'
    written = (tmp_path / "episode0" / "server.log").read_bytes()
    assert 500_000 < len(written) < 1_500_000


async def test_without_confinement_code_reaches_what_its_user_can(tmp_path: Path) -> None:
    runtime = ForkRuntime(level="off", cache=tmp_path / "cache")
    environment = LocalEnvironment(with_code(READER), tmp_path, runtime)
    await environment.open(None)
    answer = await environment.call("read", {})
    await environment.close()
    await runtime.close()
    assert "root" in answer.text


READER = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/read", operation_id="read")
def read():
    return open("/etc/passwd").read()
"""
LACKING = Capabilities("Linux", "x86_64", 0, True, True, ("Landlock (not in this kernel)",))


async def test_code_of_a_data_set_is_refused_where_it_cannot_be_confined(
    rogue: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awm_langgraph.environment.fork.runtime.probe", lambda: LACKING)
    runtime = ForkRuntime(cache=tmp_path / "cache")
    before = children_of(os.getpid())
    with pytest.raises(UntrustedCodeError, match="Landlock"):
        await LocalEnvironment(rogue, tmp_path, runtime).open(None)
    # not even the process that would fork; those of other runtimes go on forking
    assert children_of(os.getpid()) == before


async def test_a_database_outside_the_runtimes_folders_is_refused(
    rogue: Scenario, runtime: ForkRuntime, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="ask live_folder"):
        async with runtime.serve(rogue, tmp_path / "scenario.db", tmp_path / "server.log"):
            raise AssertionError("it must not serve")
