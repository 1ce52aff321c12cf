"""A process that has the libraries loaded and forks one of itself for each command of the program.

Half of what a command costs is the import of other people's libraries. They are loaded here, once for all the tests of
a worker; our own package is not, so that every command still imports it, and starts in a process, a folder and an
environment of its own. A command ends as any program does: its interpreter is finalized, ``atexit`` and all.

Run as ``python warm.py FD``: a socket that gives orders (arguments, folder, variables; and the descriptors of standard
input, output and error) and takes a process id and an exit status for each.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys

LIBRARIES = (
    "aiosqlite",
    "httpx",
    "jsonschema",
    "langchain.chat_models",
    "langchain_core.language_models.chat_models",
    "langchain_core.messages",
    "langchain_core.runnables",
    "langchain_core.tools",
    "langchain_mcp_adapters.tools",
    "langchain_openai",
    "langgraph.checkpoint.sqlite.aio",
    "langgraph.graph",
    "langgraph.runtime",
    "langsmith.client",
    "langsmith.run_trees",
    "mcp",
    "openai",
    "pydantic_settings",
    "rich.console",
    "rich.live",
    "rich.table",
    "typer",
)
MAX_ORDER_BYTES = 1 << 16


def serve(orders: socket.socket) -> tuple[list[str], str, dict[str, str]] | None:
    """Fork for every order; answer it in the forked process, and None where there are no more."""
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, MAX_ORDER_BYTES, 3)
        if not order:
            return None
        process = os.fork()
        if process == 0:
            orders.close()
            for wanted, descriptor in enumerate(descriptors):
                os.dup2(descriptor, wanted)
                os.close(descriptor)
            arguments, folder, variables = json.loads(order)
            return arguments, folder, variables
        for descriptor in descriptors:
            os.close(descriptor)
        orders.send(str(process).encode())
        orders.send(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    assert "awm_langgraph" not in sys.modules
    # collected and set aside, so that a forked process does not copy all pages by looking through them
    gc.collect()
    gc.freeze()
    # Ctrl-C in a terminal is the test run's to answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv[1:], folder, variables = order
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(folder)
        # as `python -m` has it
        sys.path[0] = folder
        runpy.run_module("awm_langgraph.cli", run_name="__main__", alter_sys=True)
