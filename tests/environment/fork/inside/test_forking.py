"""What a forked process finds: forked in a process of its own, since a fork of this one would have its threads."""

import subprocess
import sys

PROGRAM = """
import gc, os
from awm_langgraph.environment.fork.inside.forking import fork_into

kept = [[number] for number in range(50_000)]

def become():
    looked_at = len(gc.get_objects())
    gc.collect()
    print(looked_at, len(kept), flush=True)

pid = fork_into(become)
os.waitpid(pid, 0)
"""


def test_what_there_was_before_a_fork_is_not_looked_at_by_collections_after_it() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    looked_at, kept = map(int, said.split())
    assert kept == 50_000
    assert looked_at < 1000
