"""One pass over a JSON Lines file: where its usable rows lie, and what had to be skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from pydantic import ValidationError

from awm_langgraph.catalog.rows import DataFile

LONGEST_ROW_BYTES = 16 * 2**20
"""Ninety times the longest row of the data set; a longer line is not held in memory, and so no row."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOLD_ROWS = 5
_TOLD_KEYS = 10


class Line(NamedTuple):
    """One line of a file. ``content`` is cut short where the line is too long for a row."""

    number: int
    offset: int
    content: bytes
    is_too_long: bool = False


def lines(file: BinaryIO, see: Callable[[bytes], None]) -> Iterator[Line]:
    """Read a file line by line in bounded memory; ``see`` gets every byte, too long lines included."""
    number = offset = 0
    while content := file.readline(LONGEST_ROW_BYTES):
        see(content)
        number += 1
        piece, length = content, len(content)
        while len(piece) == LONGEST_ROW_BYTES and not piece.endswith(b"\n"):
            piece = file.readline(LONGEST_ROW_BYTES)
            see(piece)
            length += len(piece)
        yield Line(number, offset, content, is_too_long=length > len(content))
        offset += length


class Scan:
    """Collects, line by line, what one pass over a file finds. ``rows`` maps a row's key to (offset, length)."""

    def __init__(self, file: DataFile[Any]) -> None:
        self.rows: dict[str, tuple[int, int]] = {}
        self._file = file
        self._faults: list[str] = []
        self._unknown_keys: set[str] = set()
        self._blank = self._empty = self._repeated = 0
        self._has_mark = self._has_carriage_returns = False

    def take(self, line: Line) -> None:
        """Look at one line: index its row, or remember why not."""
        content, offset = line.content, line.offset
        if offset == 0 and content.startswith(BYTE_ORDER_MARK):
            self._has_mark = True
            content, offset = content[len(BYTE_ORDER_MARK) :], len(BYTE_ORDER_MARK)
        self._has_carriage_returns |= content.endswith(b"\r\n")
        if line.is_too_long:
            self._faults.append(f"line {line.number} skipped: longer than {LONGEST_ROW_BYTES:,} bytes")
        elif not content.strip():
            self._blank += 1
        else:
            self._take_row(line.number, offset, content)

    def notices(self) -> tuple[str, ...]:
        """Tell what was mended or skipped, one line each."""
        unknown, more = sorted(self._unknown_keys), len(self._faults) - _TOLD_ROWS
        found = [
            ("starts with a byte-order mark; it is ignored", self._has_mark),
            ("has Windows line ends (CRLF); they are ignored", self._has_carriage_returns),
            (f"{_rows(self._blank, 'blank line')} ignored", self._blank),
            (f"{_rows(self._empty, 'row')} without content skipped", self._empty),
            (f"{_rows(self._repeated, 'repeated row')} skipped; the first of each is used", self._repeated),
            (
                f"unknown keys ignored: {', '.join(unknown[:_TOLD_KEYS])}{', ...' * (len(unknown) > _TOLD_KEYS)}",
                unknown,
            ),
            *((fault, True) for fault in self._faults[:_TOLD_ROWS]),
            (f"{_rows(more, 'more line')} skipped", more > 0),
        ]
        return tuple(f"{self._file.name}: {text}" for text, is_so in found if is_so)

    def _take_row(self, number: int, offset: int, content: bytes) -> None:
        try:
            row = self._file.row.model_validate_json(content)
        except ValidationError as error:
            self._faults.append(_fault(number, content, error))
            return
        self._unknown_keys |= row.unknown_keys()
        if row.is_empty:
            self._empty += 1
        elif row.key in self.rows:
            self._repeated += 1
        else:
            self.rows[row.key] = (offset, len(content))


def _fault(number: int, content: bytes, error: ValidationError) -> str:
    """Say in one line what is wrong with a row."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid" and not content.endswith(b"\n"):
        return f"line {number}, the last, is cut off and skipped; get the file again"
    where = f"`{'.'.join(map(str, first['loc']))}`: " if first["loc"] else ""
    return f"line {number} skipped: {where}{first['msg']}"


def _rows(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count > 1 else ''}"
