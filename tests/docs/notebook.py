"""Run a notebook's cells without a kernel; as a program, write down in it what they print."""

import ast
import asyncio
import inspect
import io
import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

QUICKSTART = Path(__file__).parents[2] / "docs" / "quickstart.ipynb"


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


async def printed_by(cells: list[dict[str, Any]]) -> list[str]:
    """Run the cells one after another in one namespace; each may await at its top level."""
    names: dict[str, Any] = {"__name__": "__main__"}
    said = []
    for number, cell in enumerate(cells, start=1):
        code = compile("".join(cell["source"]), f"cell {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with redirect_stdout(io.StringIO()) as out:
            waiting = eval(code, names)
            if inspect.isawaitable(waiting):
                await waiting
        said.append(out.getvalue())
    return said


def write_down(notebook: dict[str, Any], said: list[str]) -> None:
    for number, (cell, text) in enumerate(zip(code_cells(notebook), said, strict=True), start=1):
        stream = {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
        cell |= {"execution_count": number, "outputs": [stream] if text else []}


def main() -> None:
    """Print as JSON what the cells print, or with ``--write`` put it into the notebook."""
    notebook = json.loads(QUICKSTART.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        said = asyncio.run(printed_by(code_cells(notebook)))
    if "--write" in sys.argv:
        write_down(notebook, said)
        QUICKSTART.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
