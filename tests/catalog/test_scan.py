import io
import json

import pytest

from awm_langgraph.catalog import scan as scan_module
from awm_langgraph.catalog.rows import TASKS
from awm_langgraph.catalog.scan import Scan, lines


def scanned(content: bytes) -> Scan:
    scan = Scan(TASKS)
    for line in lines(io.BytesIO(content), lambda piece: None):
        scan.take(line)
    return scan


def row(scenario: str, **more: object) -> bytes:
    return json.dumps({"scenario": scenario, "tasks": ["Do."], **more}).encode()


def test_every_row_is_found_where_it_lies() -> None:
    content = row("A 1") + b"\n" + row("b") + b"\n"
    scan = scanned(content)
    texts = {key: content[offset : offset + length] for key, (offset, length) in scan.rows.items()}
    assert texts == {"a_1": row("A 1") + b"\n", "b": row("b") + b"\n"}
    assert scan.notices() == ()


def test_keys_are_found_in_any_order() -> None:
    content = b'{"tasks": ["say \\"scenario\\": \\"x\\""], "scenario": "\\u0061"}'
    assert set(scanned(content).rows) == {"a"}


def test_a_last_row_without_line_end_is_whole() -> None:
    scan = scanned(row("a") + b"\n" + row("b"))
    assert set(scan.rows) == {"a", "b"}
    assert scan.notices() == ()


def test_a_cut_off_last_line_is_skipped_and_told() -> None:
    scan = scanned(row("a") + b"\n" + row("b")[:-4])
    assert set(scan.rows) == {"a"}
    assert scan.notices() == ("gen_tasks.jsonl: line 2, the last, is cut off and skipped; get the file again",)


def test_a_corrupt_line_in_the_middle_is_skipped_and_told_by_number() -> None:
    scan = scanned(row("a") + b'\n{"scenario": "b", "tas\n' + row("c") + b"\n")
    assert set(scan.rows) == {"a", "c"}
    (notice,) = scan.notices()
    assert notice.startswith("gen_tasks.jsonl: line 2 skipped: Invalid JSON")


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (b'{"scenario": "b", "tasks": "one"}', "`tasks`"),
        (b'{"tasks": []}', "`scenario`"),
        (b"[1]", "Input should be an object"),
    ],
)
def test_a_row_of_another_shape_is_skipped_and_told(bad: bytes, where: str) -> None:
    scan = scanned(bad + b"\n" + row("a") + b"\n")
    assert set(scan.rows) == {"a"}
    (notice,) = scan.notices()
    assert notice.startswith(f"gen_tasks.jsonl: line 1 skipped: {where}")


def test_text_that_is_not_utf_8_is_skipped_and_told() -> None:
    scan = scanned(row("a") + b"\n" + b'{"scenario": "b\xff", "tasks": []}\n')
    assert set(scan.rows) == {"a"}
    assert "line 2 skipped" in scan.notices()[0]


def test_a_byte_order_mark_is_ignored_and_told() -> None:
    content = b"\xef\xbb\xbf" + row("a") + b"\n"
    scan = scanned(content)
    offset, length = scan.rows["a"]
    assert content[offset : offset + length] == row("a") + b"\n"
    assert scan.notices() == ("gen_tasks.jsonl: starts with a byte-order mark; it is ignored",)


def test_windows_line_ends_are_ignored_and_told() -> None:
    scan = scanned(row("a") + b"\r\n\r\n" + row("b") + b"\r\n")
    assert set(scan.rows) == {"a", "b"}
    assert scan.notices() == (
        "gen_tasks.jsonl: has Windows line ends (CRLF); they are ignored",
        "gen_tasks.jsonl: 1 blank line ignored",
    )


def test_blank_lines_are_ignored_and_told() -> None:
    scan = scanned(b"\n" + row("a") + b"\n  \n" + row("b") + b"\n\n")
    assert set(scan.rows) == {"a", "b"}
    assert scan.notices() == ("gen_tasks.jsonl: 3 blank lines ignored",)


def test_unknown_keys_are_ignored_and_told_once() -> None:
    scan = scanned(row("a", extra=1) + b"\n" + row("b", extra=2, more=[]) + b"\n")
    assert set(scan.rows) == {"a", "b"}
    assert scan.notices() == ("gen_tasks.jsonl: unknown keys ignored: extra, more",)


def test_the_first_of_repeated_rows_is_used_and_it_is_told() -> None:
    scan = scanned(row("A-1") + b"\n" + row("a_1", tasks=["Other."]) + b"\n")
    assert scan.rows["a_1"][0] == 0
    assert scan.notices() == ("gen_tasks.jsonl: 1 repeated row skipped; the first of each is used",)


def test_a_row_without_a_name_is_skipped_and_told() -> None:
    scan = scanned(row("--") + b"\n" + row("a") + b"\n")
    assert set(scan.rows) == {"a"}
    assert scan.notices() == ("gen_tasks.jsonl: 1 row without content skipped",)


def test_many_bad_rows_are_told_in_few_lines() -> None:
    scan = scanned(b"{\n" * 100 + row("a") + b"\n")
    assert set(scan.rows) == {"a"}
    assert len(scan.notices()) == 6
    assert scan.notices()[-1] == "gen_tasks.jsonl: 95 more lines skipped"


def test_a_line_too_long_for_memory_is_skipped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "LONGEST_ROW_BYTES", 64)
    content = row("a") + b"\n" + row("b", padding="x" * 200) + b"\n" + row("c") + b"\n"
    seen: list[bytes] = []
    found = list(lines(io.BytesIO(content), seen.append))
    assert b"".join(seen) == content
    assert max(len(piece) for piece in seen) == 64
    assert [(line.number, line.is_too_long) for line in found] == [(1, False), (2, True), (3, False)]
    scan = scanned(content)
    offset, length = scan.rows["c"]
    assert content[offset : offset + length] == row("c") + b"\n"
    assert set(scan.rows) == {"a", "c"}
    assert "line 2 skipped: longer than 64 bytes" in scan.notices()[0]


def test_many_unknown_keys_are_told_in_one_short_line() -> None:
    scan = scanned(row("a", **{f"key_{number:03}": 1 for number in range(500)}) + b"\n")
    (notice,) = scan.notices()
    assert notice.endswith("key_008, key_009, ...")
    assert len(notice) < 200
