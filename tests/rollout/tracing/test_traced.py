"""What of an episode arrives at LangSmith: runs, their nesting, feedback, and nothing that is secret."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langsmith import Client, trace, tracing_context

from awm_langgraph.agent import EpisodeContext, create_awm_graph, episode_context
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.episode import Trajectory
from awm_langgraph.rollout import open_run
from awm_langgraph.rollout.waiting import EpisodeWaitsError
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import LangSmithServer, OpenAIServer, TracedRun, failure, text, tool_call

HELPED = EpisodeContext.model_validate({"seed": 1})


async def _episode(runs: Path, context: EpisodeContext = HELPED, *, runtime: Runtime, **more: Any) -> Trajectory:
    async with open_run(runs, context, catalog="bundled", runtime=runtime) as run:
        return await run.episode({"scenario": "support_desk", "task_idx": 3}, **more)


def _named(server: LangSmithServer, root: TracedRun, name: str) -> list[TracedRun]:
    return [run for run in server.records.descendants(root) if run.name == name]


async def test_an_episode_is_one_root_run_that_says_what_it_is_made_with(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    trajectory = await _episode(tmp_path, split="test", runtime=runtime)
    (root,) = traced_here.records.roots
    assert (root.name, root.project, root.is_finished) == ("episode support_desk/3", "desk", True)
    assert {*root.tags} == {
        "condition:dynamic/criteria",
        "scenario:support_desk",
        "expert:dynamic",
        "split:test",
        "scripted",
    }
    made_with = trajectory.provenance
    assert root.metadata["thread_id"] == root.metadata["episode_id"] == trajectory.episode_id
    assert root.metadata["catalog_fingerprint"] == made_with.catalog_fingerprint
    assert root.metadata["prompt_fingerprints"] == made_with.prompts
    assert (root.metadata["agent_model"], root.metadata["expert_model"]) == ("scripted:novice", "scripted:expert")
    assert (root.metadata["seed"], root.metadata["awm_langgraph_version"]) == (1, made_with.version)
    assert root.metadata["langgraph_version"]


async def test_its_children_are_reset_turns_calls_consultations_and_the_verdict_in_order(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    trajectory = await _episode(tmp_path, runtime=runtime)
    (root,) = traced_here.records.roots
    nodes = [run.name for run in traced_here.records.children(root)]
    assert (nodes[0], nodes[-1]) == ("reset", "verifier")
    assert nodes.count("agent") == trajectory.steps + 1
    assert nodes.count("expert") == len(trajectory.consultations) == 1

    (expert,) = [run for run in traced_here.records.children(root) if run.name == "expert"]
    (consultation,) = expert.outputs["consultations"]
    assert consultation["trigger"] == "error"
    assert consultation["advice"]["plan"]
    assert "input_tokens" in consultation["usage"]

    (verifier,) = _named(traced_here, root, "verifier")
    assert verifier.outputs["verdict"]["outcome"] == "complete"
    assert verifier.outputs["verdict"]["evidence"] == trajectory.verdict.evidence


async def test_every_call_is_a_tool_run_with_its_arguments_and_its_outcome(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    trajectory = await _episode(tmp_path, runtime=runtime)
    (root,) = traced_here.records.roots
    calls = [run for run in traced_here.records.descendants(root) if run.kind == "tool"]
    assert [(run.name, run.inputs) for run in calls] == [(call.name, call.arguments) for call in trajectory.calls]
    for run, call in zip(calls, trajectory.calls, strict=True):
        outcome = run.outputs["output"]
        assert (outcome["kind"], outcome["changed"], outcome["text"]) == (call.kind, call.changed, call.text)
        assert outcome["snapshot"] == call.snapshot != ""
    assert {run.outputs["output"]["kind"] for run in calls} == {"ok", "invalid_args"}


async def test_the_root_gets_feedback_that_names_its_project(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    trajectory = await _episode(tmp_path, runtime=runtime)
    assert trajectory.reward is not None
    (root,) = traced_here.records.roots
    given = traced_here.records.feedback_on(root)
    scores = {key: one["score"] for key, one in given.items() if "score" in one}
    assert scores == {
        "reward": 1.0,
        "shaped_reward": trajectory.reward.shaped,
        "completed": 1.0,
        "steps": trajectory.steps,
        "format_errors": 1.0,
        "consultations": 1.0,
        "cost_usd": 0.0,
    }
    assert given["shaped_reward"]["extra"]["parts"] == trajectory.reward.parts
    assert (given["pattern"]["value"], given["outcome"]["value"]) == ("recovery", "complete")
    (project,) = [one for one in traced_here.records.projects.values() if one["name"] == "desk"]
    assert {one["session_id"] for one in given.values()} == {project["id"]}


async def test_a_client_in_a_tracing_context_goes_first_and_the_feedback_follows_it(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    with LangSmithServer() as other, closing(Client(api_url=other.url, api_key="another-key")) as client:
        with tracing_context(enabled=True, client=client, project_name="mine"):
            await _episode(tmp_path, runtime=runtime)
        client.flush()
        (root,) = other.records.roots
        assert (root.name, root.project) == ("episode support_desk/3", "mine")
        given = other.records.feedback_on(root)
        assert given["completed"]["score"] == 1.0
        (project,) = [one["id"] for one in other.records.projects.values() if one["name"] == "mine"]
        assert {one["session_id"] for one in given.values()} == {project}
        assert {one.key for one in other.requests} <= {"another-key", ""}
    assert traced_here.requests == []


async def test_inside_another_trace_an_episode_is_a_child_without_feedback(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    with (
        closing(Client(api_url=traced_here.url, api_key="any")) as client,
        tracing_context(enabled=True, client=client),
        trace("experiment"),
    ):
        await _episode(tmp_path, runtime=runtime)
    (root,) = traced_here.records.roots
    assert root.name == "experiment"
    assert [run.name for run in traced_here.records.children(root)] == ["episode support_desk/3"]
    assert traced_here.records.feedback == []


async def test_an_episode_inside_a_trace_that_began_after_its_run_was_opened_gets_no_feedback_either(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    with closing(Client(api_url=traced_here.url, api_key="any")) as client:
        async with open_run(tmp_path, HELPED, catalog="bundled", runtime=runtime) as run:
            with trace("comparison", client=client):
                await run.episode({"scenario": "support_desk", "task_idx": 3})
    (root,) = traced_here.records.roots
    assert root.name == "comparison"
    assert [one.name for one in traced_here.records.children(root)] == ["episode support_desk/3"]
    assert traced_here.records.feedback == []


async def test_a_tracing_context_that_is_off_is_obeyed(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    with tracing_context(enabled=False):
        await _episode(tmp_path, runtime=runtime)
    assert traced_here.requests == []


async def test_without_a_key_nothing_is_asked_and_it_is_said(
    traced_here: LangSmithServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    runtime: Runtime,
) -> None:
    monkeypatch.delenv("LANGSMITH_API_KEY")
    assert (await _episode(tmp_path, runtime=runtime)).verdict.outcome == "complete"
    assert traced_here.requests == []
    assert "LANGSMITH_API_KEY is not: nothing is traced" in caplog.text


async def test_a_fork_is_a_root_run_of_its_own(traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime) -> None:
    async with open_run(tmp_path, HELPED, catalog="bundled", runtime=runtime) as run:
        first = await run.episode({"scenario": "support_desk", "task_idx": 3})
        second = await run.fork(first.episode_id, 1)
    roots = [root for root in traced_here.records.roots if root.name.startswith("episode")]
    assert [root.metadata["thread_id"] for root in roots] == [first.episode_id, second.episode_id]
    assert all(traced_here.records.feedback_on(root) for root in roots)


@pytest.mark.parametrize("tier", ["criteria", "verifier"])
@pytest.mark.parametrize("kind", ["dynamic", "ensemble", "human"])
async def test_the_verifiers_source_never_leaves(
    tier: str, kind: str, traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    context = episode_context(seed=1, expert_kind=kind, expert_tier=tier)
    try:
        await _episode(tmp_path, context, runtime=runtime)
    except EpisodeWaitsError:
        assert kind == "human"
    source = Catalog.open("bundled").verifier("support_desk", 3, "code")
    assert source is not None
    lines = [line.strip() for line in source.code.splitlines() if len(line.strip()) > 30]
    assert len(lines) > 3
    (root,) = traced_here.records.roots
    assert _named(traced_here, root, "expert")
    sent = traced_here.sent.decode(errors="replace")
    for line in lines:
        assert line not in sent
        assert json.dumps(line)[1:-1] not in sent


@pytest.mark.parametrize("tier", ["criteria", "verifier"])
async def test_the_graph_in_a_program_of_the_users_keeps_the_verifiers_source_too(
    tier: str, server: LangSmithServer
) -> None:
    with closing(Client(api_url=server.url, api_key="any")) as client, tracing_context(enabled=True, client=client):
        context = episode_context(seed=1, expert_tier=tier)
        await create_awm_graph().ainvoke({"scenario": "support_desk", "task_idx": 3}, context=context)
        client.flush()
    assert len(server.records.runs) > 10
    assert b"def verify" not in server.sent


async def test_no_key_leaves_not_even_one_that_a_service_repeats(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    secret = "sk-the-agents-own-key"
    replies = [tool_call("get_ticket", {"ticket_id": secret}), failure(401, message=f"wrong key: {secret}"), text("x")]
    with OpenAIServer(replies) as models:
        agent = {"model": "openai:any", "base_url": models.base_url, "api_key": secret}
        with use_settings(Settings.load(agent=agent)):
            await _episode(tmp_path, episode_context(expert_kind="none"), runtime=runtime)
        assert models.requests[0].key == secret
    (root,) = traced_here.records.roots
    assert _named(traced_here, root, "get_ticket")[0].inputs == {"ticket_id": "***"}
    bodies = b"\n".join(one.body for one in traced_here.requests)
    assert secret.encode() not in traced_here.sent
    assert b"lsv2-a-key-that-is-none" not in bodies
