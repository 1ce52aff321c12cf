from tests.house.diagram import README, blocks, drawn


def test_the_readmes_diagram_is_the_compiled_graph() -> None:
    assert blocks(README.read_text(encoding="utf-8")) == [drawn()], "run `python -m tests.house.diagram`"
