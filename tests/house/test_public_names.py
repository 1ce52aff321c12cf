"""What `import awm_langgraph` offers."""

import awm_langgraph


def test_every_public_name_resolves_and_the_list_is_sorted() -> None:
    assert awm_langgraph.__all__ == sorted(awm_langgraph.__all__)
    assert all(getattr(awm_langgraph, name) is not None for name in awm_langgraph.__all__)
    assert set(awm_langgraph.__all__) <= set(dir(awm_langgraph))


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    assert not hasattr(awm_langgraph, "create_world")
