import json

import pytest

from awm_langgraph.catalog.rows import SolutionRow, VerifierRow

CODE = "import os\n\ndef verify_task(initial_db_path, final_db_path):\n    def verify_inner(): ...\n    return {}\n"


def row(code: str | None, raw_response: str | None = None) -> VerifierRow:
    verification = {"code": code, "raw_response": raw_response}
    return VerifierRow.model_validate({"scenario": "Shop 1", "task_idx": 3, "verification": verification})


def test_a_row_is_found_by_its_normalised_scenario_and_task() -> None:
    assert row(CODE).key == "shop_1/3"


@pytest.mark.parametrize("code", [None, "", "   \n", "def v():", "print('a long enough text without a function')"])
def test_code_that_cannot_be_called_is_no_verifier(code: str | None) -> None:
    assert row(code).source("code") is None
    assert row(code).is_empty


def test_a_row_without_verification_is_empty() -> None:
    assert VerifierRow.model_validate({"scenario": "a", "task_idx": 0}).is_empty


def test_the_function_is_the_first_verify_function_that_can_be_called() -> None:
    nested = "def outer():\n    def verify_nested(): ...\n\ndef verify_b (x): ...\ndef verify_a(x): ...\n"
    source = row(nested).source("code")
    assert source is not None
    assert source.function_name == "verify_b"


def test_guidance_for_a_judge_is_read_in_sql_mode_only() -> None:
    raw = json.dumps({"reasoning": "Why.", "success_criteria": ["a", "b"], "failure_criteria": "", "python_code": "x"})
    sql, code = row(CODE, raw).source("sql"), row(CODE, raw).source("code")
    assert sql is not None
    assert sql.guidance == 'Reasoning:\nWhy.\n\nSuccess criteria:\n[\n  "a",\n  "b"\n]'
    assert code is not None
    assert code.guidance == ""


def test_guidance_in_a_fenced_block_is_read() -> None:
    source = row(CODE, '```json\n{"success_criteria": "Done."}\n```\n').source("sql")
    assert source is not None
    assert source.guidance == "Success criteria:\nDone."


@pytest.mark.parametrize("raw_response", [None, "", "no JSON", "[1]", '"text"', '{"success_criteria": null}'])
def test_guidance_that_does_not_parse_is_none(raw_response: str | None) -> None:
    source = row(CODE, raw_response).source("sql")
    assert source is not None
    assert source.guidance == ""


def test_a_solution_without_answer_answers_nothing() -> None:
    row = {
        "scenario": "a",
        "task_idx": 0,
        "calls": [{"tool": "t", "arguments": {"x": 1}, "note": ""}],
        "final_answer": None,
    }
    solution = SolutionRow.model_validate(row).solution()
    assert [(call.tool, call.arguments) for call in solution.calls] == [("t", {"x": 1})]
    assert solution.final_answer == ""
