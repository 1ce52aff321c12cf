"""One letter on its way: how it is packed, whom it names, and what its answer means."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from typing_extensions import override

from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.delivery import FEEDBACK, Delivery, Postman
from awm_langgraph.rollout.tracing.letters import Letter
from awm_langgraph.testing import Arrived, Behaviour, LangSmithServer

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


@pytest.mark.parametrize("letters", [(RUNS, _given("desk")), (_given("desk"), RUNS)], ids=["after", "before"])
def test_feedback_names_its_run_s_project_whichever_of_them_comes_first(
    letters: tuple[Letter, ...], server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    with closing(Postman(service)) as postman:
        for letter in (*letters, _given("desk")):
            assert postman.deliver(letter.save(tmp_path)) == "delivered"
    (project,) = server.records.projects.values()
    assert project["name"] == "desk"
    assert [one["session_id"] for one in server.records.feedback] == [project["id"]] * 2


def test_feedback_goes_without_its_project_where_the_service_does_not_tell(tmp_path: Path) -> None:
    class Silent(LangSmithServer):
        @override
        def answer(self, request: Arrived) -> tuple[int, bytes] | None:
            return (403, b"{}") if request.path == "/sessions" else super().answer(request)

    with Silent() as server, closing(Postman(_service_at(server.url))) as postman:
        assert postman.deliver(_given("desk").save(tmp_path)) == "delivered"
    (given,) = server.records.feedback
    assert (given["key"], "session_id" in given) == ("steps", False)


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
