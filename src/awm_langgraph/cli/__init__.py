"""The command line: one file per command, each of which parses, calls and prints.

A command imports what it needs inside its function, so that ``--help`` answers at once.
"""

from __future__ import annotations

INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM, as shells have it for the first: 128 and the signal's number."""


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    import sys

    from awm_langgraph.cli import interruption

    try:
        interruption.raise_once()
        from awm_langgraph.cli.program import run_program

        code = run_program(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        interruption.ignore()
    sys.exit(code)
