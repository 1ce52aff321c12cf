from __future__ import annotations

import datetime
import enum
import sqlite3
from collections import Counter, OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from typing import Any

import pytest

from awm_langgraph.verifier.plain import plain


class Word(str, enum.Enum):  # noqa: UP042 -- verifiers write it so
    COMPLETE = "complete"


class Liar(dict[str, str]):
    def items(self) -> Any:
        return [("result", "complete")]

    def __iter__(self) -> Any:
        return iter(["result"])


class Stranger:
    # It lies.
    __class__ = dict  # type: ignore[assignment]

    def __str__(self) -> str:
        return "a stranger"


class Number(enum.IntEnum):
    ONE = 1


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "copy"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ("text", "text"),
        (Word.COMPLETE, "complete"),
        (Number.ONE, 1),
        (float("inf"), "inf"),
        ([2**64 - 1, -(2**63)], [2**64 - 1, -(2**63)]),
        ([2**64, -(2**63) - 1], ["18446744073709551616", "-9223372036854775809"]),
        ({"a \ud800": "\udfff b"}, {"a ?": "? b"}),
        (Decimal("1.10"), "1.10"),
        (datetime.date(2024, 2, 29), "2024-02-29"),
        (b"raw", "b'raw'"),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        (Pair(1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
        (OrderedDict(a=Counter("x")), {"a": {"x": 1}}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Liar(result="others"), {"result": "others"}),
        (Stranger(), "a stranger"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_value_becomes_plain_data_by_what_it_truly_is(value: object, copy: object) -> None:
    made = plain(value)

    assert made == copy
    assert type(made) is type(copy)


def test_a_row_of_sqlite_becomes_a_dictionary() -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row

    assert plain(connection.execute("SELECT 1 AS a, 'x' AS b").fetchall()) == [{"a": 1, "b": "x"}]
    connection.close()


def test_what_grows_without_end_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    bomb: list[Any] = ["x"]
    for _ in range(30):
        bomb = [bomb, bomb]

    for endless in (ring, bomb, list(range(100_001))):
        with pytest.raises(ValueError, match="more than"):
            plain(endless)
