from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
sys.path.append(sys.argv[1])
from awm_langgraph.verifier import library, zygote
library.load()
heavy = [name for name in ("asyncio", "pydantic", "ssl", "unittest", "xml", "langgraph") if name in sys.modules]
print(heavy, "zoneinfo" in sys.modules)
"""


def test_the_zygote_loads_the_usual_modules_and_nothing_heavy() -> None:
    from pathlib import Path

    import awm_langgraph

    root = str(Path(awm_langgraph.__file__).parents[1])
    done = subprocess.run([sys.executable, "-I", "-S", "-c", CODE, root], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[] True"
