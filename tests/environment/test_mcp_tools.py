from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.memory import create_connected_server_and_client_session

from awm_langgraph.environment.mcp_tools import call, tools_of

ARGUMENTS = {"runtime": "r", "config": "c", "self": "s", "run_manager": "m", "callbacks": "b", "args": [1], "plain": 1}


def echo_server() -> Server[Any, Any]:
    server: Server[Any, Any] = Server("echo")

    @server.list_tools()  # type: ignore[no-untyped-call,untyped-decorator] # the mcp package's own
    async def listed() -> list[types.Tool]:
        return [types.Tool(name=name, inputSchema={"type": "object"}) for name in ("echo", "fail")]

    @server.call_tool()  # type: ignore[untyped-decorator] # the mcp package's own
    async def called(name: str, arguments: dict[str, Any]) -> list[types.ContentBlock]:
        if name == "fail":
            raise ValueError("it failed")
        return [types.TextContent(type="text", text=repr(sorted(arguments.items(), key=str)))]

    return server


def text_of(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def test_a_server_gets_exactly_the_agents_arguments() -> None:
    async with create_connected_server_and_client_session(echo_server()) as session:
        tools = await tools_of(session, "")
        assert text_of(await call(tools["echo"], session, ARGUMENTS)) == repr(sorted(ARGUMENTS.items(), key=str))


async def test_a_tools_error_is_a_result() -> None:
    async with create_connected_server_and_client_session(echo_server()) as session:
        result = await call((await tools_of(session, ""))["fail"], session, {})
        assert (result.isError, text_of(result)) == (True, "it failed")


async def test_sessions_of_one_catalogue_share_their_tools_and_keep_their_servers_apart() -> None:
    async with (
        create_connected_server_and_client_session(echo_server()) as one,
        create_connected_server_and_client_session(echo_server()) as other,
    ):
        tools = await tools_of(one, "echo-catalogue")
        assert (await tools_of(other, "echo-catalogue"))["echo"] is tools["echo"]
        assert (await tools_of(other, ""))["echo"] is not tools["echo"]
        assert text_of(await call(tools["echo"], other, {"plain": 2})) == "[('plain', 2)]"
