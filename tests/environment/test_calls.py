from typing import Any

import pytest

from awm_langgraph.environment.calls import kind_of_result, status_of
from awm_langgraph.environment.result_meta import REFUSED_REQUEST_META, STATUS_META
from awm_langgraph.episode import CallKind


@pytest.mark.parametrize(
    ("is_error", "meta", "kind"),
    [
        (False, {STATUS_META: 200}, "ok"),
        (True, {STATUS_META: 404}, "rejected"),
        (True, {STATUS_META: 422}, "rejected"),
        (True, {STATUS_META: 422, REFUSED_REQUEST_META: True}, "invalid_args"),
        (True, {STATUS_META: 500}, "server_error"),
        (True, {REFUSED_REQUEST_META: True}, "invalid_args"),
        (True, {}, "server_error"),
        (True, {STATUS_META: "404"}, "server_error"),
    ],
)
def test_a_result_is_classified_by_flag_and_status(is_error: bool, meta: dict[str, Any], kind: CallKind) -> None:
    assert kind_of_result(is_error, meta) == kind


@pytest.mark.parametrize(("status", "read"), [(404, 404), ("abc", None), (10**40, None), ([], None), (None, None)])
def test_a_status_that_is_none_is_not_passed_on(status: object, read: int | None) -> None:
    assert status_of({STATUS_META: status}) == read
