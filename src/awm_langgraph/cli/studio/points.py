"""What ``studio-check`` looks at: each point drives a running server the way Studio does, and says what works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
from langgraph_sdk.errors import LangGraphError

from awm_langgraph.cli.checkup import Finding
from awm_langgraph.cli.studio.visit import READ_SECONDS, SCRIPTED, TASK, FlawError, Visit, said_in

GRAPHS = ("awm", "baseline", "human_expert", "own_tools")
PLAN = {"plan_text": 'update_ticket {"ticket_id": 12, "status": "pending"}'}
"""What a person would say to the novice who cannot update the ticket."""
HELPED = ["get_ticket", "add_comment", "update_ticket", "update_ticket"]
_START = "start it with `make studio` or `langgraph dev`, or name another with --url"
_LOOK = "see what the server printed, and `awm-langgraph doctor`"

Point = Callable[[Visit], Awaitable[str]]


async def examine_server(visit: Visit) -> AsyncIterator[Finding]:
    """Look at one point after another; without the server and its graphs there is no use in going on."""
    for name, point in POINTS.items():
        finding = await _answer(name, point, visit)
        yield finding
        if finding.state == "problem" and name in ("server", "graphs"):
            return


async def _answer(name: str, point: Point, visit: Visit) -> Finding:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return Finding(point=name, state="ok", found=await point(visit))
    except httpx.ConnectError:
        return Finding(point=name, state="problem", found=f"nobody answers at {visit.url}", advice=_START)
    except TimeoutError:
        return Finding(point=name, state="problem", found=f"not done within {READ_SECONDS:g} s", advice=_LOOK)
    except (FlawError, httpx.HTTPError, LangGraphError) as error:
        return Finding(point=name, state="problem", found=str(error) or type(error).__name__, advice=_LOOK)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        found = f"the server's answer is none that we know ({type(error).__name__}: {error})"
        return Finding(point=name, state="problem", found=found, advice=_LOOK)


def _expect(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise FlawError(f"{what}: expected {expected}, found {found}")


async def _server(visit: Visit) -> str:
    info: Any = await visit.client.http.get("/info")
    return f"{visit.url}, langgraph-api {info['version']}"


async def _graphs(visit: Visit) -> str:
    missing = set(GRAPHS) - set(await visit.assistants())
    if missing:
        raise FlawError(f"expected the graphs {', '.join(GRAPHS)}, missing {', '.join(sorted(missing))}")
    return ", ".join(GRAPHS)


async def _reading(visit: Visit) -> str:
    """Read what Studio reads when it opens; nothing may be started for it."""
    before = await visit.pool()
    for assistant in (await visit.assistants()).values():
        await visit.client.assistants.get_schemas(assistant)
        await visit.client.assistants.get_graph(assistant)
    _expect("environments started by reading", before["resets"], (await visit.pool())["resets"])
    return "schemas and drawings start no environment"


async def _forms(visit: Visit) -> str:
    schemas: Any = await visit.client.assistants.get_schemas((await visit.assistants())["awm"])
    fields = {**schemas["input_schema"]["properties"], **schemas["context_schema"]["properties"]}
    bare = [name for name, field in fields.items() if not field.get("description")]
    _expect("fields without a description", [], bare)
    choice = schemas["input_schema"]["properties"]["scenario"]["anyOf"][0]["enum"]
    return f"{len(fields)} fields, all described; scenarios to choose from: {', '.join(choice)}"


async def _drawing(visit: Visit) -> str:
    drawn: Any = await visit.client.assistants.get_graph((await visit.assistants())["awm"])
    nodes = [node["id"].strip("_") for node in drawn["nodes"]]
    _expect("nodes", ["start", "reset", "agent", "tools", "expert", "verifier", "end"], nodes)
    return f"{', '.join(nodes[1:-1])}; {len(drawn['edges'])} edges"


async def _episode(visit: Visit) -> str:
    events: list[Any] = []
    thread = await visit.thread()
    async for part in visit.client.runs.stream(thread, "awm", input=TASK, context=SCRIPTED, stream_mode="custom"):
        if part.event == "error":
            raise FlawError(f"a run of awm failed: {said_in({'__error__': part.data})}")
        events += [part.data] if part.event == "custom" else []
    _expect("calls", HELPED, [event["name"] for event in events if event["type"] == "call"])
    _expect("outcome", "complete", events[-1].get("outcome"))
    return f"complete; its story came in {len(events)} events, with the expert's advice"


async def _person(visit: Visit) -> str:
    thread = await visit.thread()
    await visit.play("human_expert", thread)
    asked = (await visit.client.threads.get_state(thread))["interrupts"]
    if not asked or "plan_text" not in (asked[0].get("response_schema") or {}).get("properties", {}):
        raise FlawError("expected a question to a person, with the form of an answer, found none")
    refused = await visit.attempt("human_expert", thread, input=None, command={"resume": {"plan_text": "{"}})
    if "__error__" not in refused:
        raise FlawError("a bad answer was taken for a good one")
    values = await visit.play("human_expert", thread, input=None, command={"resume": PLAN})
    _expect("calls", HELPED, [call["name"] for call in values["calls"]])
    return "asked with a form; a bad answer refused, a good one taken; no call made twice"


async def _rewind(visit: Visit) -> str:
    thread = await visit.thread()
    first = await visit.play("awm", thread)
    history: list[Any] = await visit.client.threads.get_history(thread, limit=100)
    early = next(one for one in history if one["next"] == ["tools"] and len(one["values"]["calls"]) == 1)
    again = await visit.play("awm", thread, input=None, checkpoint_id=early["checkpoint"]["checkpoint_id"])
    made = [call["text"] for call in first["calls"] if call["name"] == "add_comment"]
    _expect("what the call that was gone back over made", made, [call["text"] for call in again["calls"][1:2]])
    return "a run from an earlier checkpoint found the database as it was then"


async def _at_once(visit: Visit) -> str:
    async def one(number: int) -> str:
        request, context = {**TASK, "task_idx": number % 5}, {**SCRIPTED, "seed": number}
        values = await visit.play("awm", await visit.thread(), input=request, context=context)
        return str(values["outcome"])

    outcomes = await asyncio.gather(*(one(number) for number in range(visit.at_once)))
    _expect("other outcomes", set(), set(outcomes) - {"complete", "incomplete", "format_error"})
    return f"{len(outcomes)} runs at the same time, {outcomes.count('complete')} complete"


async def _background(visit: Visit) -> str:
    thread = await visit.thread()
    run = await visit.client.runs.create(thread, "baseline", input=TASK, context=SCRIPTED)
    values: Any = await visit.client.runs.join(thread, run["run_id"])
    if not values.get("outcome"):
        raise FlawError("a background run came to no outcome")
    schedule: Any = await visit.client.crons.create_for_thread(thread, "baseline", schedule="0 0 1 1 *", input=TASK)
    await visit.client.crons.delete(schedule["cron_id"])
    return "a run in the background was joined, a schedule made and deleted"


async def _mcp(visit: Visit) -> str:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(timeout=READ_SECONDS) as http:
        answer = await http.post(f"{visit.url.rstrip('/')}/mcp", json=request, headers=headers)
    tools = [tool["name"] for tool in answer.raise_for_status().json()["result"]["tools"]]
    missing = set(GRAPHS) - set(tools)
    _expect("graphs that are no tools", set(), missing)
    return f"/mcp offers {', '.join(sorted(tools))}"


POINTS: dict[str, Point] = {
    "server": _server,
    "graphs": _graphs,
    "reading": _reading,
    "forms": _forms,
    "drawing": _drawing,
    "episode": _episode,
    "person": _person,
    "rewind": _rewind,
    "at once": _at_once,
    "later": _background,
    "mcp": _mcp,
}
