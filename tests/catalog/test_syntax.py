import ast
import gc
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from awm_langgraph.catalog.syntax import syntax_tree

CODE = "\n".join(
    f"def f{number}(a, b):\n    return [(a, {{'x': (b, -{number})}}) for a in b if a]" for number in range(40)
)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Change threads at every opportunity, and make the collector's visits into many of them."""

    def look_about(_phase: str, _info: dict[str, int]) -> None:
        sorted(range(20))

    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    gc.callbacks.append(look_about)
    yield
    gc.callbacks.remove(look_about)
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
def test_several_threads_may_parse_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        trees = list(threads.map(syntax_tree, [CODE] * 40))
    assert {len(tree.body) for tree in trees} == {40}


def test_what_is_merely_odd_is_not_worth_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(syntax_tree("x = '\\d'").body[0], ast.Assign)


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        syntax_tree("def (")
