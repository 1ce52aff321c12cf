"""All figures beside their targets, and beside the spawn runtime's (or the published way's) in the same run.

``python -m benchmarks.environment [--json]``; takes some minutes. Each source is a module with a function ``figures``,
and a command of its own: ``python -m benchmarks.servers [--json]``.
"""

from __future__ import annotations

from benchmarks import catalogs, pool, servers, snapshots, verifiers
from benchmarks.figures import Figures, run

SOURCES = (servers.figures, snapshots.figures, verifiers.figures, catalogs.figures, pool.figures)


def figures() -> Figures:
    """Measure everything."""
    found: Figures = {}
    for measure in SOURCES:
        found |= measure()
    return found


if __name__ == "__main__":
    run(figures, __doc__)
