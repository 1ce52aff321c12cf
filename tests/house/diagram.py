"""The README's state diagram, drawn from the compiled graph. ``python -m tests.house.diagram`` writes it there."""

from __future__ import annotations

import re
from pathlib import Path

from awm_langgraph import create_awm_graph

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def drawn() -> str:
    """Draw the graph as a Mermaid block."""
    drawing = create_awm_graph().get_graph().draw_mermaid(with_styles=False)
    return f"```mermaid\n{drawing.strip()}\n```"


def blocks(text: str) -> list[str]:
    """Find the Mermaid blocks of a text."""
    return _BLOCK.findall(text)


def main() -> None:
    """Put the drawing in the place of the README's."""
    text = README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda _: drawn(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
