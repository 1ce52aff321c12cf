"""The environment's figures beside their targets, and beside the spawn runtime's in the same run.

``python -m benchmarks.environment [--json]``; takes some minutes. Each source is a module with a function ``figures``.
"""

from __future__ import annotations

import argparse

from benchmarks import pool, servers, snapshots
from benchmarks.figures import Figures, show

SOURCES = (servers.figures, snapshots.figures, pool.figures)


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures: Figures = {}
    for measure in SOURCES:
        figures |= measure()
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
