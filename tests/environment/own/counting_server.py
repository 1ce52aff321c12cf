"""An MCP server over stdio that remembers, so that a lost session shows."""

import os

from mcp.server.fastmcp import FastMCP

server = FastMCP("counting")
_counted: list[int] = []


@server.tool()
def count(by: int) -> str:
    """Add to the sum and tell it."""
    _counted.append(by)
    return f"sum {sum(_counted)} in process {os.getpid()}"


@server.tool()
def fail() -> str:
    """Refuse."""
    raise ValueError("not today")


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(1)


if __name__ == "__main__":
    server.run()
