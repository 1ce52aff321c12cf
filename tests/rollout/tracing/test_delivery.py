"""One letter on its way: how it is packed, whom it names, and what its answer means."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.delivery import FEEDBACK, Delivery, Postman
from awm_langgraph.rollout.tracing.letters import Letter
from awm_langgraph.testing import Behaviour, LangSmithServer

RUNS = Letter("runs/batch", {"content-type": "application/json"}, b'{"post": [{"id": "a", "session_name": "desk"}]}')


def _given(project: str) -> Letter:
    content = {"project": project, "feedback": [{"id": "1", "run_id": "a", "key": "steps", "score": 2.0}]}
    return Letter(FEEDBACK, {"content-type": "application/json"}, json.dumps(content).encode())


def _service_at(url: str) -> Service:
    return Service(url, SecretStr("a-key-of-no-worth"))


@pytest.mark.parametrize("takes_zstd", [True, False])
def test_a_letter_is_compressed_where_the_service_reads_that(takes_zstd: bool, tmp_path: Path) -> None:
    with LangSmithServer(takes_zstd=takes_zstd) as server, closing(Postman(_service_at(server.url))) as postman:
        assert postman.deliver(RUNS.save(tmp_path)) == "delivered"
    (sent,) = server.asked("/runs/batch")
    assert sent.is_compressed == takes_zstd
    assert [*server.records.runs] == ["a"]
    assert [*tmp_path.iterdir()] == []


def test_feedback_names_its_project_and_goes_without_where_there_is_none(
    server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    with closing(Postman(service)) as postman:
        for letter in (RUNS, _given("desk"), _given("nowhere")):
            assert postman.deliver(letter.save(tmp_path)) == "delivered"
    known, unknown = server.records.feedback
    assert known["session_id"] in server.records.projects
    assert (unknown["key"], "session_id" in unknown) == ("steps", False)


@pytest.mark.parametrize(
    ("status", "delivery"),
    [(409, "delivered"), (408, "unreachable"), (429, "unreachable"), (503, "unreachable"), (403, "refused")],
)
def test_only_an_answer_that_may_change_is_worth_another_try(
    status: int, delivery: Delivery, server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    server.behaviour = Behaviour("refusing", status=status)
    with closing(Postman(service)) as postman:
        assert postman.deliver(path := RUNS.save(tmp_path)) == delivery
    assert path.exists() == (delivery != "delivered")
