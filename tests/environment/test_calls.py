from typing import Any

import pytest

from awm_langgraph.environment.calls import ArgumentCheck, kind_of_result
from awm_langgraph.environment.result_meta import REFUSED_REQUEST_META, STATUS_META
from awm_langgraph.episode import CallKind

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}


def test_the_words_of_a_complaint_are_those_of_an_mcp_server() -> None:
    check = ArgumentCheck({"get": SCHEMA})
    assert check.complaint("get", {"id": "4"}) == "Input validation error: '4' is not of type 'integer'"
    assert check.complaint("get", {}) == "Input validation error: 'id' is a required property"
    assert check.complaint("get", {"id": 4}) == ""


def test_only_names_of_the_catalogue_are_known() -> None:
    check = ArgumentCheck({"get": SCHEMA})
    assert check.knows("get")
    assert not check.knows("verify")


@pytest.mark.parametrize(
    ("is_error", "meta", "kind"),
    [
        (False, {STATUS_META: 200}, "ok"),
        (True, {STATUS_META: 404}, "rejected"),
        (True, {STATUS_META: 422}, "rejected"),
        (True, {STATUS_META: 422, REFUSED_REQUEST_META: True}, "invalid_args"),
        (True, {STATUS_META: 500}, "server_error"),
        (True, {}, "server_error"),
        (True, {STATUS_META: "404"}, "server_error"),
    ],
)
def test_a_result_is_classified_by_flag_and_status(is_error: bool, meta: dict[str, Any], kind: CallKind) -> None:
    assert kind_of_result(is_error, meta) == kind
