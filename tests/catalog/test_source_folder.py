from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog.source_folder import SourceFolder
from awm_langgraph.errors import CatalogError

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tasks = [", r"tasks\.toml is not TOML: Invalid value"),
        ("description = 'x'", r"tasks\.toml: `tasks`: Field required"),
        ("[[tasks]]\nfinal_answer = 'x'", r"tasks\.toml: `tasks\.0\.instruction`: Field required"),
        ("[[tasks]]\ninstruction = 'x'\ncalls = [{ arguments = {} }]", r"`tasks\.0\.calls\.0\.tool`: Field required"),
    ],
)
def test_what_is_wrong_with_the_tasks_is_told(text: str, message: str, write_source: Write) -> None:
    path = write_source("shop") / "shop"
    (path / "tasks.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=message) as raised:
        SourceFolder.read(path, root=None)
    assert "\n" not in str(raised.value)


def test_unknown_keys_are_ignored_and_told(write_source: Write) -> None:
    path = write_source("shop") / "shop"
    text = "level = 1\n[[tasks]]\ninstruction = 'x'\nfinal_anwser = 'y'\n"
    (path / "tasks.toml").write_text(text, encoding="utf-8")
    folder = SourceFolder.read(path, root=None)
    assert folder.contents.tasks[0].instruction == "x"
    assert folder.notices == (f"{path / 'tasks.toml'}: unknown keys ignored: final_anwser, level",)


def test_byte_order_marks_and_windows_line_ends_change_nothing(write_source: Write) -> None:
    path = write_source("shop") / "shop"
    plain = SourceFolder.read(path, root=None)
    for file in path.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    marked = SourceFolder.read(path, root=None)
    assert marked == plain
    assert marked.text("app.py") == "engine = create_engine(URL)\n"


def test_no_calls_are_a_solution_and_calls_left_out_are_none(write_source: Write) -> None:
    path = write_source("shop") / "shop"
    answered = "[[tasks]]\ninstruction = 'a'\ncalls = []\nfinal_answer = '7'\n"
    unanswered = "[[tasks]]\ninstruction = 'b'\nfinal_answer = '7'\n"
    (path / "tasks.toml").write_text(answered + unanswered, encoding="utf-8")
    first, second = (task.solution() for task in SourceFolder.read(path, root=None).contents.tasks)
    assert first is not None
    assert (first.calls, first.final_answer) == ((), "7")
    assert second is None
