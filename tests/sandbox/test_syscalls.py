from __future__ import annotations

from awm_langgraph.sandbox.syscalls import ALLOWED, CONDITIONAL, CONFINING, PRETENDED, SERVING, UNKNOWN, UNSUPPORTED

TABLES = (ALLOWED, CONFINING, SERVING, PRETENDED, UNKNOWN, UNSUPPORTED, CONDITIONAL)


def test_no_call_is_in_two_tables() -> None:
    names = [name for table in TABLES for name in table]

    assert len(names) == len(set(names))


def test_no_number_stands_for_two_calls() -> None:
    for column in (0, 1):
        numbers = [numbers[column] for table in TABLES for numbers in table.values() if numbers[column] is not None]
        assert len(numbers) == len(set(numbers))


def test_calls_younger_than_the_common_numbering_have_one_number() -> None:
    first_common = 424
    young = [numbers for table in TABLES for numbers in table.values() if numbers[0] >= first_common]

    assert young
    assert all(x86_64 == aarch64 for x86_64, aarch64 in young)
