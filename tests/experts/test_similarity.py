"""How alike texts are."""

import pytest

from awm_langgraph.experts.similarity import similarities

TEXTS = [
    "Give the workflow 'Invoices' a schedule trigger.",
    "Give the workflow 'Payroll' an event trigger.",
    "Close the ticket of Ada Lovelace.",
]


def test_the_same_words_are_wholly_alike_and_other_words_not_at_all() -> None:
    assert similarities("trigger, schedule a 'INVOICES' workflow: the give", TEXTS)[0] == pytest.approx(1.0)
    assert similarities("Refund order 7", TEXTS) == [0.0, 0.0, 0.0]


def test_rare_words_weigh_more_than_those_of_every_text() -> None:
    likeness = similarities("the Payroll", TEXTS)

    assert likeness[1] > likeness[0] > 0.0
    assert likeness[1] > likeness[2]


def test_texts_without_words_are_like_nothing() -> None:
    assert similarities("", ["", "a"]) == [0.0, 0.0]
    assert similarities("a", [""]) == [0.0]
    assert similarities("a", []) == []
