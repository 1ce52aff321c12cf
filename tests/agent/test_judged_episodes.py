"""Whole episodes that a judge grades or helps to grade."""

import json
from typing import Any

import pytest

from awm_langgraph.agent import EpisodeContext, provenance_of
from awm_langgraph.errors import UsageError
from awm_langgraph.models.choice import ModelChoice
from awm_langgraph.testing import OpenAIServer, empty, failure, text, tool_call

DESK = "support_desk"


def served(server: OpenAIServer) -> ModelChoice:
    return ModelChoice(model="openai:served", base_url=server.base_url, parameters={"max_retries": 0})


def ruling(classification: str) -> str:
    return json.dumps({"reasoning": "because", "classification": classification, "confidence_score": 0.8})


async def test_a_scripted_judge_grades_an_episode_and_its_part_is_recorded(play: Any) -> None:
    episode = await play(DESK, 3, agent="scripted:solver", verifier_mode="sql")

    verdict, judgement = episode["verdict"], episode["verdict"]["judgement"]
    assert (episode["outcome"], verdict["mode"], verdict["control"]) == ("complete", "sql", "others")
    assert episode["reward"]["shaped"] == 2.0
    assert (judgement["model"], judgement["confidence"]) == ("scripted:judge", 1.0)
    assert judgement["reasoning"] == "scripted: 3 of 3 reference calls succeeded"
    assert judgement["evidence_differs"]
    assert judgement["evidence"]["after"]["ticket"]["status"] == "pending"
    assert episode["usage"]["judge"]["model_calls"] == 1


async def test_in_both_modes_the_code_decides_and_a_judge_who_sees_it_otherwise_is_recorded(play: Any) -> None:
    good = tool_call("update_ticket", {"ticket_id": 7, "priority": "urgent"})
    with (
        OpenAIServer([good, text("Ticket 7 is urgent now.")]) as agents,
        OpenAIServer([text(ruling("incomplete"))]) as judges,
    ):
        episode = await play(
            DESK, 0, agent=served(agents), judge=served(judges), verifier_mode="both", expert_kind="none"
        )
    (asked,) = [request.body["messages"][-1]["content"] for request in judges.requests]

    assert (episode["outcome"], episode["reward"]["environment"]) == ("complete", 1.0)
    assert episode["verdict"]["disagreement"] == "code: complete, judge: incomplete"
    assert episode["verdict"]["judgement"]["classification"] == "incomplete"
    assert episode["usage"]["judge"] == {"model_calls": 1, "input_tokens": 10, "output_tokens": 5, "cost_usd": None}
    assert episode["task"]["instruction"] in asked
    assert "Complete if ticket 7 is urgent" in asked
    assert '[step 1] update_ticket {"ticket_id": 7, "priority": "urgent"} -> ok' in asked
    assert "    Ticket 7 is urgent now." in asked
    assert "verify_task" not in asked


async def test_a_judge_who_fails_leaves_the_episode_without_a_reward(play: Any) -> None:
    with OpenAIServer([failure(500)]) as judges:
        episode = await play(DESK, 0, agent="scripted:solver", judge=served(judges), verifier_mode="sql")

    assert (episode["outcome"], episode["stop_reason"]) == ("judge_error", "final_answer")
    assert episode["reward"]["environment"] is None
    assert episode["verdict"]["error"].startswith("model_error: ")
    assert episode["final_answer"] == "Ticket 7 is urgent now."


async def test_an_agent_that_does_and_says_nothing_completes_nothing_whatever_the_judge_says(play: Any) -> None:
    with OpenAIServer([empty()]) as agents, OpenAIServer([text(ruling("complete"))]) as judges:
        episode = await play(
            DESK,
            1,
            agent=served(agents),
            judge=served(judges),
            verifier_mode="sql",
            expert_kind="none",
            max_steps=1,
        )

    # The agent's only turn was empty, which code mode calls a format error too.
    assert (episode["outcome"], episode["verdict"]["result"]) == ("format_error", "complete")
    assert episode["verdict"]["judgement"]["evidence_differs"] is False
    assert (episode["final_answer"], episode["reward"]["environment"]) == ("", -1.0)


async def test_an_instruction_of_ones_own_needs_no_judge(play: Any) -> None:
    with OpenAIServer([text("There are three.")]) as agents:
        episode = await play(
            DESK, instruction="How many queues?", agent=served(agents), verifier_mode="sql", expert_kind="none"
        )

    assert (episode["outcome"], episode["verdict"]["mode"]) == ("no_verifier", "sql")
    assert "judge" not in episode["usage"]


async def test_a_judge_that_cannot_be_had_is_told_before_anything_is_started(play: Any) -> None:
    with pytest.raises(UsageError, match="there is no model scripted:genius"):
        await play(DESK, 0, agent="scripted:solver", judge="scripted:genius", verifier_mode="sql")


def test_provenance_names_the_judge_and_its_prompts_only_where_there_is_one() -> None:
    by_code = provenance_of("bundled", EpisodeContext(agent="openai:small", judge="openai:big"))
    by_both = provenance_of("bundled", EpisodeContext(agent="openai:small", judge="openai:big", verifier_mode="both"))
    alone = provenance_of("bundled", EpisodeContext(agent="openai:a", verifier_mode="sql", expert_kind="none"))

    assert "judge" not in by_code.models
    assert "judge" not in by_code.prompts
    assert by_both.models["judge"] == "openai:big"
    assert by_both.prompts.keys() - by_code.prompts.keys() == {"judge"}
    assert alone.prompts.keys() >= {"judge", "repair"}
    # The judge is scripted unless somebody says otherwise, and so then is the result.
    assert alone.is_scripted
