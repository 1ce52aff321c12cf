from __future__ import annotations

import pytest

from awm_langgraph.errors import UntrustedCodeError
from awm_langgraph.sandbox import Admission, Capabilities, admit

WHOLE = Capabilities("Linux", "x86_64", 7, True, False, ())
OLD = Capabilities("Linux", "x86_64", 0, True, False, ("Landlock (not in this kernel; Linux 5.13 and newer have it)",))


def test_code_is_admitted_as_asked_where_all_can_be_had() -> None:
    for is_ours in (True, False):
        assert admit("strict", WHOLE, is_ours=is_ours, what="it") == Admission("strict")
        assert admit("best-effort", WHOLE, is_ours=is_ours, what="it") == Admission("best-effort")


def test_code_from_a_data_set_is_refused_in_one_line_that_says_what_is_missing() -> None:
    with pytest.raises(UntrustedCodeError) as refusal:
        admit("strict", OLD, is_ours=False, what="the verifier of e_commerce_33/4")

    message = str(refusal.value)
    assert "\n" not in message
    assert "the verifier of e_commerce_33/4" in message
    assert "Landlock (not in this kernel" in message
    assert "--sandbox=best-effort" in message


def test_our_own_code_runs_there_with_a_notice() -> None:
    admission = admit("strict", OLD, is_ours=True, what="scenario tasks")

    assert admission.level == "best-effort"
    assert [("scenario tasks" in notice, "Landlock" in notice) for notice in admission.notices] == [(True, True)]


def test_the_users_word_admits_other_code_with_a_notice() -> None:
    assert admit("best-effort", OLD, is_ours=False, what="it").level == "best-effort"
    assert "Landlock" in admit("best-effort", OLD, is_ours=False, what="it").notices[0]
    assert "unconfined" in admit("off", WHOLE, is_ours=False, what="it").notices[0]
    assert admit("off", WHOLE, is_ours=True, what="it") == Admission("off")
