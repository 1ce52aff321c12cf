"""The hub is a server on loopback.

The real client speaks to it, in a process of its own because it reads its settings once.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

Write = Callable[..., Path]

REPOSITORY = "datasets/Snowflake/AgentWorldModel-1K"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OPEN = """
import sys
from awm_langgraph.catalog import Catalog
from awm_langgraph.errors import CatalogError
try:
    print(*Catalog.open("awm-1k").names())
except CatalogError as error:
    print(error)
print("asked" if "huggingface_hub" in sys.modules else "not asked")
"""


class Hub(ThreadingHTTPServer):
    """Serves the files of a folder as the data set's repository, and remembers what was asked."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")} | {"README.md": b"# Data"}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        body, headers = self._content(path)
        self.send_response(404 if body is None else 200)
        for name, value in (headers | {"Content-Length": str(len(body or b""))}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body or b"")

    def _content(self, path: str) -> tuple[bytes | None, dict[str, str]]:
        files = self.server.files
        if path.startswith(f"/api/{REPOSITORY}/tree/"):
            tree = [
                {"type": "file", "path": name, "size": len(body), "oid": _etag(body)} for name, body in files.items()
            ]
            return json.dumps(tree).encode(), {"Content-Type": "application/json"}
        if path.startswith(f"/api/{REPOSITORY}"):
            siblings = [{"rfilename": name} for name in files]
            info = {"_id": "1", "id": REPOSITORY.removeprefix("datasets/"), "sha": COMMIT, "siblings": siblings}
            return json.dumps(info).encode(), {"Content-Type": "application/json"}
        body = files.get(path.removeprefix(f"/{REPOSITORY}/resolve/{COMMIT}/"))
        return body, {} if body is None else {"ETag": f'"{_etag(body)}"', "X-Repo-Commit": COMMIT}


def _etag(body: bytes) -> str:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(write_jsonl: Write) -> Iterator[Hub]:
    with Hub(write_jsonl("shop_1", "bank_2")) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def opened(endpoint: str, folder: Path, **settings: str) -> list[str]:
    """Open ``awm-1k`` in a process of its own; return the lines that it prints."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "AWM_"))}
    home = folder.with_name("hub-home")
    environment = plain | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "AWM_DATA_DIR": str(folder), "NO_PROXY": "*"}
    answer = subprocess.run(
        [sys.executable, "-c", OPEN],
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return answer.stdout.splitlines()


@pytest.fixture
def closed_endpoint() -> Iterator[str]:
    # bound and not listening: nobody else gets the port meanwhile
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def test_the_data_set_is_downloaded_once(hub: Hub, tmp_path: Path, closed_endpoint: str) -> None:
    folder = tmp_path / "data"
    assert opened(hub.url, folder) == ["bank_2 shop_1", "asked"]
    expected = {name: body for name, body in hub.files.items() if name != "README.md"}
    assert {path.name: path.read_bytes() for path in folder.glob("*.*") if path.is_file()} == expected
    assert opened(closed_endpoint, folder) == ["bank_2 shop_1", "not asked"]


def test_what_an_interrupted_download_left_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    opened(hub.url, folder)
    (folder / "gen_db.jsonl").unlink()
    hub.asked.clear()
    assert opened(hub.url, folder) == ["bank_2 shop_1", "asked"]
    assert {Path(path).name for path in hub.asked if "/resolve/" in path} == {"gen_db.jsonl"}


def test_files_that_are_there_already_are_used_without_any_request(
    hub: Hub, write_jsonl: Write, tmp_path: Path
) -> None:
    assert opened(hub.url, tmp_path / "awm") == ["bank_2 shop_1", "not asked"]
    assert hub.asked == []


@pytest.mark.parametrize("files", [[], ["gen_db.jsonl", "notes.txt"]])
def test_offline_it_is_told_in_one_line_what_to_do(files: list[str], tmp_path: Path, closed_endpoint: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for file in files:
        (folder / file).write_text("{}\n", encoding="utf-8")
    message, asked = opened(closed_endpoint, folder)
    assert message.startswith(
        "cannot get `awm-1k` (Snowflake/AgentWorldModel-1K) from the hub: go online and try again"
    )
    assert f"put its *.jsonl files into {folder}" in message
    assert "`bundled`" in message
    assert asked == "asked"


def test_the_hubs_own_offline_mode_is_told_likewise(hub: Hub, tmp_path: Path) -> None:
    message, _ = opened(hub.url, tmp_path / "data", HF_HUB_OFFLINE="1")
    assert message.startswith("cannot get `awm-1k`")
    assert hub.asked == []


def test_a_repository_that_lacks_a_file_is_told(hub: Hub, tmp_path: Path) -> None:
    del hub.files["gen_envs.jsonl"]
    message, _ = opened(hub.url, tmp_path / "data")
    assert "(gen_envs.jsonl did not come)" in message
