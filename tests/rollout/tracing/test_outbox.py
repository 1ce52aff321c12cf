"""Letters on their way to a service that is well, gone, slow or unwilling."""

import threading
from pathlib import Path

import pytest

from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.letters import Letter, letters_in
from awm_langgraph.rollout.tracing.outbox import Outbox
from awm_langgraph.testing import Behaviour, LangSmithServer

PLENTY = 1_000_000


def _letter(identifier: str) -> Letter:
    body = f'--b\r\nContent-Disposition: form-data; name="post.{identifier}"\r\n\r\n{{"name": "tried"}}\r\n--b--\r\n'
    return Letter("runs/multipart", {"content-type": "multipart/form-data; boundary=b"}, body.encode())


def _outbox(service: Service, folder: Path, budget_bytes: int = PLENTY) -> Outbox:
    return Outbox(service, folder, budget_bytes=budget_bytes, pause_seconds=0.01)


def test_what_is_delivered_leaves_no_file(server: LangSmithServer, service: Service, tmp_path: Path) -> None:
    outbox = _outbox(service, tmp_path)
    for identifier in ("a", "b", "c"):
        outbox.put(_letter(identifier))
    outbox.close(60)
    assert list(server.records.runs) == ["a", "b", "c"]
    assert (outbox.kept, outbox.lost, list(tmp_path.iterdir())) == (0, 0, [])


def test_a_service_that_comes_back_gets_everything_in_order(
    server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    server.behaviour = Behaviour("refusing", status=503)
    outbox = _outbox(service, tmp_path)
    outbox.put(_letter("a"))
    outbox.put(_letter("b"))
    server.wait_until(lambda _: len(server.asked("/runs/multipart")) > 1)
    server.behaviour = Behaviour()
    server.wait_until(lambda records: len(records.runs) == 2)
    outbox.close(60)
    assert list(server.records.runs) == ["a", "b"]
    assert outbox.kept == 0


def test_a_letter_that_is_refused_is_kept_and_the_next_one_is_tried(
    server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    server.behaviour = Behaviour("refusing", status=422)
    outbox = _outbox(service, tmp_path)
    outbox.put(_letter("a"))
    server.wait_until(lambda _: len(server.asked("/runs/multipart")) == 1)
    outbox.close(60)
    assert (outbox.kept, len(letters_in(tmp_path))) == (1, 1)


def test_closing_does_not_wait_for_a_service_that_hangs(service: Service, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with LangSmithServer(Behaviour("hanging", seconds=600)) as hanging:
        outbox = _outbox(Service(hanging.url, service.key), tmp_path)
        (delivering,) = [thread for thread in threading.enumerate() if thread not in before and thread.name == "outbox"]
        outbox.put(_letter("a"))
        outbox.put(_letter("b"))
        hanging.wait_until(lambda _: bool(hanging.requests))
        outbox.close(0.1)
        assert delivering.is_alive(), "closing came back because the service did"
        assert (outbox.kept, len(letters_in(tmp_path))) == (2, 2)


def test_what_goes_beyond_the_budget_is_lost_and_counted(service: Service, tmp_path: Path) -> None:
    with LangSmithServer(Behaviour("hanging")) as hanging:
        outbox = _outbox(Service(hanging.url, service.key), tmp_path, budget_bytes=len(_letter("a").body))
        outbox.put(_letter("a"))
        outbox.put(_letter("b"))
        outbox.close(0.01)
        assert (outbox.kept, outbox.lost) == (1, 1)


def test_a_folder_that_cannot_be_written_loses_the_trace_and_not_the_program(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    outbox = _outbox(service, tmp_path / "file")
    outbox.put(_letter("a"))
    outbox.close(60)
    assert outbox.lost == 1
    assert "cannot be written" in caplog.text
