"""What ``studio-check`` looks at: each point drives a running server the way Studio does, and says what works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, get_args

import httpx
from langgraph_sdk.errors import LangGraphError

from awm_langgraph.agent.events import EventType
from awm_langgraph.cli.checkup import Finding
from awm_langgraph.cli.studio import clients
from awm_langgraph.cli.studio.clients import GRAPHS
from awm_langgraph.cli.studio.visit import READ_SECONDS, SCRIPTED, TASK, FlawError, Visit, expect, said_in

PLAN = {"plan_text": 'update_ticket {"ticket_id": 12, "status": "pending"}'}
"""What a person would say to the novice who cannot update the ticket."""
HELPED = ["get_ticket", "add_comment", "update_ticket", "update_ticket"]
_KINDS = frozenset(get_args(EventType))
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


async def _server(visit: Visit) -> str:
    await visit.knock()
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
    expect("environments started by reading", before["resets"], (await visit.pool())["resets"])
    return "schemas and drawings start no environment"


async def _forms(visit: Visit) -> str:
    schemas: Any = await visit.client.assistants.get_schemas((await visit.assistants())["awm"])
    asked, chosen = (schemas[name]["properties"] for name in ("input_schema", "context_schema"))
    bare = [name for name, field in {**asked, **chosen}.items() if not field.get("description")]
    expect("fields without a description", [], bare)
    expect("settings without a default", [], [name for name, field in chosen.items() if "default" not in field])
    scenarios = asked["scenario"]["anyOf"][0]["enum"]
    conditions = len(asked["condition"]["enum"])
    return f"{len(asked) + len(chosen)} fields, all described; {conditions} conditions; {', '.join(scenarios)}"


async def _drawing(visit: Visit) -> str:
    drawn: Any = await visit.client.assistants.get_graph((await visit.assistants())["awm"])
    nodes = [node["id"].strip("_") for node in drawn["nodes"]]
    expect("nodes", ["start", "reset", "agent", "tools", "expert", "verifier", "end"], nodes)
    return f"{', '.join(nodes[1:-1])}; {len(drawn['edges'])} edges"


async def _story(visit: Visit) -> str:
    events: list[Any] = []
    thread = await visit.thread()
    async for part in visit.client.runs.stream(thread, "awm", input=TASK, context=SCRIPTED, stream_mode="custom"):
        if part.event == "error":
            raise FlawError(f"a run of awm failed: {said_in({'__error__': part.data})}")
        events += [part.data] if part.event == "custom" else []
    expect("calls", HELPED, [event["name"] for event in events if event["type"] == "call"])
    changed = [table for event in events if event["type"] == "change" for table in event["tables"]]
    expect("tables in which rows changed", ["comments", "tickets"], changed)
    expect("kinds of events missing", set(), _KINDS - {event["type"] for event in events})
    expect("outcome", "complete", events[-1].get("outcome"))
    return f"{len(events)} events: calls, rows changed, counters and limits, the expert's advice, the verdict"


async def _condition(visit: Visit) -> str:
    values = await visit.play("awm", await visit.thread(), input={**TASK, "condition": "none"})
    expect("condition of a run with the input's `none`", "none", values["provenance"]["condition"])
    expect("consultations in it", [], values["consultations"])
    return "the input's condition goes before the context's"


async def _assistant(visit: Visit) -> str:
    assistant = await visit.assistant("awm", expert_kind="dynamic", expert_tier="schema")
    values: Any = await visit.client.runs.wait(await visit.thread(), assistant, input=TASK)
    expect("condition of an assistant's run", "dynamic/schema", values["provenance"]["condition"])
    return "an assistant plays in its condition; one for each: `awm-langgraph assistants create`"


async def _own_tools(visit: Visit) -> str:
    values = await visit.play("own_tools", await visit.thread(), input={})
    expect("who played", ["scripted:novice", "scripted:expert"], [*values["provenance"]["models"].values()])
    return f"a script played: {values['task']['instruction']}"


async def _person(visit: Visit) -> str:
    thread = await visit.thread()
    await visit.play("human_expert", thread)
    asked = (await visit.client.threads.get_state(thread))["interrupts"]
    if not asked or "plan_text" not in (asked[0].get("response_schema") or {}).get("properties", {}):
        raise FlawError("expected a question to a person, with the form of an answer, found none")
    await visit.play("human_expert", thread, input=None, command={"resume": {"plan_text": "{"}})
    again = (await visit.client.threads.get_state(thread))["interrupts"]
    if not again or not again[0]["value"].get("complaints"):
        raise FlawError("a bad answer was not answered with the question and a complaint")
    values = await visit.play("human_expert", thread, input=None, command={"resume": PLAN})
    expect("calls", HELPED, [call["name"] for call in values["calls"]])
    return "asked with a form; asked again after a bad answer; no call made twice"


async def _rewind(visit: Visit) -> str:
    thread = await visit.thread()
    first = await visit.play("awm", thread)
    history: list[Any] = await visit.client.threads.get_history(thread, limit=100)
    early = next(one for one in history if one["next"] == ["tools"] and len(one["values"]["calls"]) == 1)
    again = await visit.play("awm", thread, input=None, checkpoint_id=early["checkpoint"]["checkpoint_id"])
    made = [call["text"] for call in first["calls"] if call["name"] == "add_comment"]
    expect("what the call that was gone back over made", made, [call["text"] for call in again["calls"][1:2]])
    return "a run from an earlier checkpoint found the database as it was then"


async def _at_once(visit: Visit) -> str:
    async def one(number: int) -> str:
        request, context = {**TASK, "task_idx": number % 5}, {**SCRIPTED, "seed": number}
        values = await visit.play("awm", await visit.thread(), input=request, context=context)
        return str(values["outcome"])

    outcomes = await asyncio.gather(*(one(number) for number in range(visit.at_once)))
    expect("other outcomes", set(), set(outcomes) - {"complete", "incomplete", "format_error"})
    return f"{len(outcomes)} runs at the same time, {outcomes.count('complete')} complete"


POINTS: dict[str, Point] = {
    "server": _server,
    "graphs": _graphs,
    "reading": _reading,
    "forms": _forms,
    "drawing": _drawing,
    "story": _story,
    "condition": _condition,
    "assistant": _assistant,
    "own tools": _own_tools,
    "person": _person,
    "rewind": _rewind,
    "at once": _at_once,
    "threads": clients.threads,
    "streams": clients.streams,
    "later": clients.later,
    "mcp": clients.mcp,
    "remote": clients.remote,
}
