import ast

import pytest

from awm_langgraph.catalog.verifier_module import verifier_of

MODULE = '''"""All of them."""

import re
from math import ceil as up

_LIMIT = 3


def _shared(x):
    return up(x) + _LIMIT


# First: the secret is alpha.
@staticmethod
def verify_task_1(initial_db_path, final_db_path, final_answer=None):
    return {"result": "alpha"}

# Kept with what follows.
def verify_task_1_evidence(initial_db_path, final_db_path):
    "Complete if it is beta."
    return {"evidence": """
# not a comment


"""}


def verify_task_10(initial_db_path, final_db_path, final_answer=None):
    return {"result": "omega", "n": _shared(1), "page\x0c": re.I}


def verify_task_shape(row):
    return row
'''


def functions(code: str) -> list[str]:
    return [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]


def test_a_verifier_holds_its_function_the_imports_and_the_helpers_only() -> None:
    verifier = verifier_of(MODULE, 10, "code")
    assert verifier is not None
    assert functions(verifier.code) == ["_shared", "verify_task_10", "verify_task_shape"]
    assert "import re\n" in verifier.code
    assert "alpha" not in verifier.code
    assert "evidence" not in verifier.code
    assert "Kept with" not in verifier.code
    assert "@staticmethod" not in verifier.code


def test_the_function_it_names_can_be_called() -> None:
    verifier = verifier_of(MODULE, 10, "code")
    assert verifier is not None
    assert verifier.function_name == "verify_task_10"
    names: dict[str, object] = {}
    exec(verifier.code, names)  # noqa: S102 - this test's own text
    found = names[verifier.function_name]
    assert callable(found)
    assert found("a", "b")["n"] == 4


def test_each_mode_has_a_function_of_its_own() -> None:
    code, sql = verifier_of(MODULE, 1, "code"), verifier_of(MODULE, 1, "sql")
    assert code is not None
    assert functions(code.code) == ["_shared", "verify_task_1", "verify_task_shape"]
    assert "# First: the secret is alpha.\n@staticmethod\ndef verify_task_1(" in code.code
    assert sql is not None
    assert sql.function_name == "verify_task_1_evidence"
    assert functions(sql.code) == ["_shared", "verify_task_1_evidence", "verify_task_shape"]
    assert "alpha" not in sql.code
    assert (code.guidance, sql.guidance) == ("", "Complete if it is beta.")


def test_a_task_without_function_has_no_verifier() -> None:
    assert verifier_of(MODULE, 0, "code") is None
    assert verifier_of(MODULE, 10, "sql") is None


def test_a_module_that_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        verifier_of("def (:", 0, "code")
