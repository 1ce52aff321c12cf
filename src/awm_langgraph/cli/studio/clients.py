"""What ``studio-check`` looks at for clients other than Studio: streams, runs in the background, graphs around ours."""

from __future__ import annotations

from typing import Any, TypedDict

import httpx

from awm_langgraph.cli.studio.visit import READ_SECONDS, SCRIPTED, TASK, FlawError, Visit, expect, said_in

GRAPHS = ("awm", "baseline", "human_expert", "own_tools")
_MODES = ("values", "updates", "messages-tuple", "custom", "events", "debug")
_MODE_OF_EVENT = {"messages": "messages-tuple"}


async def streams(visit: Visit) -> str:
    """Take every kind of stream at once."""
    seen: set[str] = set()
    thread, modes = await visit.thread(), list(_MODES)
    given: Any = {"input": TASK, "context": SCRIPTED, "stream_mode": modes}
    async for part in visit.client.runs.stream(thread, "awm", **given):
        if part.event == "error":
            raise FlawError(f"a run of awm failed: {said_in({'__error__': part.data})}")
        seen.add(_MODE_OF_EVENT.get(part.event, part.event))
    expect("streams without a word", set(), set(_MODES) - seen)
    return ", ".join(_MODES)


async def threads(visit: Visit) -> str:
    """Play one episode after another on a thread."""
    thread = await visit.thread()
    first = await visit.play("awm", thread)
    second = await visit.play("awm", thread, input={**TASK, "task_idx": 0})
    tasks = [one["task"]["task_idx"] for one in (first, second)]
    expect("tasks of a thread's two episodes", [TASK["task_idx"], 0], tasks)
    expect(
        "calls that the second took over from the first", [], [one for one in second["calls"] if one in first["calls"]]
    )
    return "a thread plays one episode after another, and none sees the other's"


async def later(visit: Visit) -> str:
    """Leave a run alone and join it, and make a schedule."""
    thread = await visit.thread()
    run = await visit.client.runs.create(thread, "baseline", input=TASK, context=SCRIPTED)
    values: Any = await visit.client.runs.join(thread, run["run_id"])
    if not values.get("outcome"):
        raise FlawError("a background run came to no outcome")
    schedule: Any = await visit.client.crons.create_for_thread(thread, "baseline", schedule="0 0 1 1 *", input=TASK)
    await visit.client.crons.delete(schedule["cron_id"])
    return "a run in the background was joined, a schedule made and deleted"


async def mcp(visit: Visit) -> str:
    """Ask the server's own MCP endpoint for its tools, and call one."""
    tools = {tool["name"]: tool for tool in (await _ask_mcp(visit, "tools/list", {}))["tools"]}
    expect("graphs that are no tools", set(), set(GRAPHS) - set(tools))
    call = {"name": "baseline", "arguments": TASK, "context": SCRIPTED}
    answer = await _ask_mcp(visit, "tools/call", call)
    said = " ".join(part.get("text", "") for part in answer["content"])
    if answer.get("isError") or "'outcome':" not in said:
        raise FlawError(f"a call of the tool baseline came to no outcome: {said[:200]}")
    return f"/mcp offers {', '.join(sorted(tools))}; baseline was called and came to an outcome"


class _Order(TypedDict, total=False):
    catalog: str
    scenario: str
    task_idx: int
    outcome: str


async def remote(visit: Visit) -> str:
    """Make an assistant a node of another graph, here."""
    from langgraph.graph import END, START, StateGraph
    from langgraph.pregel.remote import RemoteException, RemoteGraph

    graph = StateGraph(_Order)
    graph.add_node("episode", RemoteGraph(await visit.assistant("baseline"), client=visit.client))
    graph.add_edge(START, "episode")
    graph.add_edge("episode", END)
    order = _Order(catalog=TASK["catalog"], scenario=TASK["scenario"], task_idx=TASK["task_idx"])
    try:
        values: Any = await graph.compile().ainvoke(order)
    except RemoteException as error:
        raise FlawError(f"RemoteGraph: {error}") from None
    if not values.get("outcome"):
        raise FlawError("RemoteGraph came to no outcome")
    return f"an assistant is a node of another graph, through RemoteGraph; outcome {values['outcome']}"


async def _ask_mcp(visit: Visit, method: str, parameters: dict[str, Any]) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    headers = {"accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(timeout=READ_SECONDS) as http:
        answer = await http.post(f"{visit.url.rstrip('/')}/mcp", json=request, headers=headers)
    return answer.raise_for_status().json()["result"]
