from __future__ import annotations

from typing import Any

import pytest

from awm_langgraph.verifier.call import call


def _called(code: str, name: str = "verify_task_completion", mode: Any = "code") -> Any:
    return call(code, name, mode, "INITIAL", "FINAL", "ANSWER")


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        ("initial_db_path, final_db_path, final_answer=None", ["INITIAL", "FINAL", "ANSWER"]),
        ("initial_db_path, final_db_path", ["INITIAL", "FINAL"]),
        ("final_db_path, initial_db_path", ["FINAL", "INITIAL"]),
        ("final_answer, initial_db_path, final_db_path", ["ANSWER", "INITIAL", "FINAL"]),
        ("before, after", ["INITIAL", "FINAL"]),
        ("before, after, answer", ["INITIAL", "FINAL", "ANSWER"]),
        ("before, after, answer=None", ["INITIAL", "FINAL", "ANSWER"]),
        ("before, after, answer=''", ["INITIAL", "FINAL", "ANSWER"]),
        ("before, final_db_path, answer", ["INITIAL", "FINAL", "ANSWER"]),
        ("before, after, /, answer", ["INITIAL", "FINAL", "ANSWER"]),
        ("initial_db_path, final_db_path, *, final_answer", ["INITIAL", "FINAL", "ANSWER"]),
        ("initial_db_path, final_db_path, strict=True", ["INITIAL", "FINAL", True]),
        ("initial_db_path, final_db_path, answer=None, limit=10", ["INITIAL", "FINAL", "ANSWER", 10]),
    ],
)
def test_parameters_are_matched_by_name_and_then_in_order(parameters: str, given: list[object]) -> None:
    code = f"def verify_task_completion({parameters}):\n    return list(locals().values())"

    assert _called(code) == given


@pytest.mark.parametrize(("mode", "count"), [("code", 3), ("sql", 2)])
def test_a_wrapper_that_hides_the_parameters_gets_as_many_as_its_mode_has(mode: str, count: int) -> None:
    code = "def verify_task(*arguments, **named):\n    return list(arguments), named"

    assert _called(code, "verify_task", mode) == (["INITIAL", "FINAL", "ANSWER"][:count], {})


def test_the_first_function_that_verifies_is_called_where_the_named_one_is_not_there() -> None:
    code = "def check(a, b): return 1\ndef verify_this(a, b): return 2\ndef verify_that(a, b): return 3"

    assert _called(code, "verify_task_completion") == 2
    assert _called(code, "verify_that") == 3


def test_code_without_such_a_function_is_told_apart() -> None:
    with pytest.raises(LookupError, match="no function 'verify_task_completion'"):
        _called("def check(a, b): return 1\nverify_task_completion = 7")


def test_the_main_guard_does_not_run_and_modules_can_be_looked_up() -> None:
    code = """
from __future__ import annotations
import dataclasses, sys
from typing import ClassVar
@dataclasses.dataclass
class Row:
    kind: ClassVar[str] = "row"
    number: int = 1
def verify(a, b):
    return Row().number, sys.modules[__name__].Row is Row
if __name__ == "__main__":
    raise SystemExit
"""

    assert _called(code) == (1, True)
