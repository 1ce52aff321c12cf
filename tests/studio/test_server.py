"""The graphs as LangGraph Studio and other clients see them: through the API of a real `langgraph dev`."""

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from typing import Any

import httpx
from langgraph.graph import END, START, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk.client import LangGraphClient
from typing_extensions import TypedDict

from awm_langgraph import Catalog, EpisodeContext, create_awm_graph
from awm_langgraph.testing import OpenAIServer, Reply, Request, hang, text, tool_call

from .conftest import AT_ONCE, COMMENT, HELPED, PLAN, READ_SECONDS, SEED, TASK, Studio, names, play, thread_of


def comments(studio: Studio, values: Any) -> int:
    """Count what `add_comment` left in the episode's last database."""
    path = studio.folder / "runs" / "episodes" / values["episode_id"] / "final.db"
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        ((count,),) = database.execute("SELECT count(*) FROM comments WHERE body = ?", (COMMENT,)).fetchall()
    finally:
        database.close()
    return int(count)


async def pool_of(studio: Studio) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=READ_SECONDS) as http:
        pool: dict[str, Any] = (await http.get(f"{studio.url}/awm/pool")).json()
        return pool


def started_in(pool: dict[str, Any]) -> dict[str, int]:
    """Keep what an episode's beginning moves: spares and sleepers of earlier ones come and go by themselves."""
    return {name: pool[name] for name in ("resets", "revivals", "failures")}


async def assistant_ids(client: LangGraphClient) -> dict[str, str]:
    return {
        one["graph_id"]: one["assistant_id"]
        for one in await client.assistants.search(metadata={"created_by": "system"})
    }


async def test_reading_forms_and_drawings_starts_no_environment(studio: Studio, client: LangGraphClient) -> None:
    before = started_in(await pool_of(studio))
    ids = await assistant_ids(client)
    for assistant in ids.values():
        await client.assistants.get_schemas(assistant)
        await client.assistants.get_graph(assistant, xray=True)
    await client.threads.get_state(await thread_of(client))
    assert set(ids) == {"awm", "baseline", "human_expert", "own_tools"}
    assert started_in(await pool_of(studio)) == before


async def test_the_input_form_offers_the_bundled_scenarios_and_forbids_no_other(client: LangGraphClient) -> None:
    schemas = await client.assistants.get_schemas((await assistant_ids(client))["awm"])
    form = schemas["input_schema"]
    assert form is not None
    fields: Any = form["properties"]
    choice, anything = fields["scenario"]["anyOf"]
    assert (choice["enum"], anything) == (list(Catalog.open("bundled").names()), {"type": "string"})
    assert all(name in fields["scenario"]["description"] for name in choice["enum"])
    assert list(fields) == ["scenario", "task_idx", "instruction", "condition", "catalog", "episode_id"]
    assert all(field["title"] and field["description"] for field in fields.values())


async def test_the_context_form_has_descriptions_defaults_and_what_matters_first(client: LangGraphClient) -> None:
    ids = await assistant_ids(client)
    kinds = {}
    for graph in ("awm", "baseline", "human_expert"):
        form = (await client.assistants.get_schemas(ids[graph]))["context_schema"]
        assert form is not None
        fields: Any = form["properties"]
        assert set(fields) == set(EpisodeContext.model_fields)
        assert [name for name, field in fields.items() if "default" not in field or not field["description"]] == []
        assert list(fields)[:2] == ["agent", "expert"]
        kinds[graph] = fields["expert_kind"]["default"]
    assert kinds == {"awm": "dynamic", "baseline": "none", "human_expert": "human"}


async def test_the_drawing_is_that_of_the_graph(client: LangGraphClient) -> None:
    drawn = await client.assistants.get_graph((await assistant_ids(client))["awm"])
    own: Any = create_awm_graph().get_graph().to_json()
    assert [node["id"] for node in drawn["nodes"]] == [node["id"] for node in own["nodes"]]
    assert drawn["edges"] == own["edges"]


async def test_the_baseline_has_no_expert(client: LangGraphClient) -> None:
    values = await play(client, await thread_of(client), "baseline")
    assert (values["consultations"], values["provenance"]["condition"]) == ([], "none")


async def test_own_tools_run_with_models_behind_an_endpoint(client: LangGraphClient) -> None:
    turns: list[Reply] = [
        tool_call("look_up_stock", {"product": "milk"}),
        tool_call("order", {"product": "tea", "packets": 2}),
    ]
    advice = text('{"plan": [{"tool": "order", "arguments": {"product": "tea", "packets": 2}}]}')

    def answer(request: Request) -> Reply:
        if request.body["model"] == "expert":
            return advice
        said: int = sum(message["role"] == "assistant" for message in request.body["messages"])
        return [*turns, text("Ordered.")][said]

    with OpenAIServer(answer) as server:
        context = {role: {"model": f"openai:{role}", "base_url": server.base_url} for role in ("agent", "expert")}
        request = {"instruction": "Order two packets of tea."}
        values = await play(client, await thread_of(client), "own_tools", input=request, context=context)
    assert [(call["name"], call["kind"]) for call in values["calls"]] == [
        ("look_up_stock", "server_error"),
        ("order", "ok"),
    ]
    assert (len(values["consultations"]), values["final_answer"]) == (1, "Ordered.")


async def test_a_user_s_mistake_is_told_in_words(client: LangGraphClient) -> None:
    for request, complaint in (({"scenario": "no_desk", "task_idx": 0}, "no_desk"), ({}, "give `scenario`")):
        answer = await play(client, await thread_of(client), input=request, raise_error=False)
        assert answer["__error__"]["error"] in ("UsageError", "CatalogError")
        assert complaint in answer["__error__"]["message"]


async def test_a_person_is_asked_again_after_a_bad_answer_and_a_good_one_goes_on_without_making_a_call_twice(
    studio: Studio, client: LangGraphClient
) -> None:
    thread = await thread_of(client)
    await play(client, thread, "human_expert")
    (asked,) = (await client.threads.get_state(thread))["interrupts"]
    assert "plan_text" in asked["response_schema"]["properties"]
    assert asked["value"]["reason"] == "the last step met an error: update_ticket: invalid_args"
    assert (await client.threads.get(thread))["status"] == "interrupted"

    for bad, complaint in (({"plan_text": "{"}, "plan_text, line 1: expected tool_name"), ({"plan": 1}, "plan: Input")):
        await play(client, thread, "human_expert", input=None, command={"resume": bad})
        assert (await client.threads.get(thread))["status"] == "interrupted"
        (again,) = (await client.threads.get_state(thread))["interrupts"]
        (told,) = again["value"].pop("complaints")
        assert told.startswith(f"the answer does not fit the form: {complaint}")
        assert json.loads(again["value"].pop("rejected")) == bad
        assert (again["value"], again["response_schema"]) == (asked["value"], asked["response_schema"])

    events = client.runs.stream(thread, "human_expert", command={"resume": PLAN}, context=SEED, stream_mode="custom")
    made = [part.data["name"] async for part in events if part.event == "custom" and part.data["type"] == "call"]
    values: Any = (await client.threads.get_state(thread))["values"]
    assert (made, names(values)) == (["update_ticket"], HELPED)
    assert (values["outcome"], values["consultations"][0]["expert"]) == ("complete", "human")
    assert comments(studio, values) == 1


async def test_going_back_rewinds_the_database(studio: Studio, client: LangGraphClient) -> None:
    thread = await thread_of(client)
    first = await play(client, thread)
    history: list[Any] = await client.threads.get_history(thread, limit=50)
    before_comment = next(one for one in history if one["next"] == ["tools"] and len(one["values"]["calls"]) == 1)
    again = await play(client, thread, input=None, checkpoint_id=before_comment["checkpoint"]["checkpoint_id"])
    assert (names(again), again["outcome"]) == (HELPED, "complete")
    assert comments(studio, again) == 1
    made = [
        json.loads(call["text"])["id"]
        for run in (first, again)
        for call in run["calls"]
        if call["name"] == "add_comment"
    ]
    assert made[0] == made[1]


async def test_a_state_that_was_changed_by_hand_is_gone_on_from(studio: Studio, client: LangGraphClient) -> None:
    thread = await thread_of(client)
    await play(client, thread)
    history: list[Any] = await client.threads.get_history(thread, limit=50)
    after_comment = next(one for one in history if one["next"] == ["agent"] and len(one["values"]["calls"]) == 2)
    fork = await client.threads.update_state(
        thread,
        {"messages": [{"role": "user", "content": "Mind the ticket."}]},
        checkpoint_id=after_comment["checkpoint"]["checkpoint_id"],
    )
    values = await play(client, thread, input=None, checkpoint=fork["checkpoint"])
    assert "Mind the ticket." in [message["content"] for message in values["messages"]]
    assert (values["outcome"], comments(studio, values)) == ("complete", 1)


async def test_fifty_runs_at_once_all_come_to_a_verdict(studio: Studio, client: LangGraphClient) -> None:
    before = await pool_of(studio)

    async def one(number: int) -> Any:
        request = {"scenario": "support_desk", "task_idx": number % 5}
        return await play(client, await thread_of(client), input=request, context={"seed": number})

    ended = await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    after = await pool_of(studio)
    outcomes = Counter(values["outcome"] for values in ended)
    assert set(outcomes) <= {"complete", "incomplete", "format_error"}
    assert len({values["episode_id"] for values in ended}) == AT_ONCE
    assert [after[name] - before[name] for name in ("resets", "failures", "losses")] == [AT_ONCE, 0, 0]


async def test_what_waits_for_a_person_and_what_was_at_work_go_on_after_a_restart(
    studio: Studio, client: LangGraphClient
) -> None:
    waiting, working, done = [await thread_of(client) for _ in range(3)]
    is_thinking = threading.Event()
    turns: list[Reply] = [
        tool_call("add_comment", {"ticket_id": 12, "body": COMMENT, "is_internal": False}),
        tool_call("update_ticket", {"ticket_id": 12, "status": "pending"}),
        text("Done."),
    ]

    def answer(request: Request) -> Reply:
        said: int = sum(message["role"] == "assistant" for message in request.body["messages"])
        if said == 1 and not is_thinking.is_set():
            is_thinking.set()
            return hang()
        return turns[said]

    with OpenAIServer(answer) as server:
        await play(client, waiting, "human_expert")
        await play(client, waiting, "human_expert", input=None, command={"resume": {"plan_text": "{"}})
        # the in-memory server's own file loses every open interrupt once a thread is deleted
        await play(client, done, "baseline")
        await client.threads.delete(done)
        (asked,) = (await client.threads.get_state(waiting))["interrupts"]
        context = {"agent": {"model": "openai:slow", "base_url": server.base_url}}
        run = await client.runs.create(working, "baseline", input=TASK, context=context)
        assert await asyncio.to_thread(is_thinking.wait, READ_SECONDS)
        await asyncio.to_thread(studio.stop)
        await asyncio.to_thread(studio.start)
        finished: Any = await client.runs.join(working, run["run_id"])
    assert (await client.threads.get_state(waiting))["interrupts"] == [asked]
    answered = await play(client, waiting, "human_expert", input=None, command={"resume": PLAN})
    assert (names(finished), finished["outcome"]) == (["add_comment", "update_ticket"], "complete")
    assert (names(answered), answered["outcome"]) == (HELPED, "complete")
    assert (comments(studio, finished), comments(studio, answered)) == (1, 1)


async def test_a_thread_plays_one_episode_after_another(client: LangGraphClient) -> None:
    thread = await thread_of(client)
    first = await play(client, thread)
    run = await client.runs.create(thread, "awm", input={**TASK, "task_idx": 0}, context=SEED)
    second: Any = await client.runs.join(thread, run["run_id"])
    assert (first["task"]["task_idx"], second["task"]["task_idx"]) == (3, 0)
    assert first["episode_id"] != second["episode_id"]
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "success"


async def test_a_schedule_starts_episodes(client: LangGraphClient) -> None:
    thread = await thread_of(client)
    schedule = await client.crons.create_for_thread(thread, "awm", schedule="* * * * * */1", input=TASK)
    try:
        async with asyncio.timeout(READ_SECONDS):
            while not (runs := await client.runs.list(thread)):
                await asyncio.to_thread(threading.Event().wait, 0.2)
    finally:
        await client.crons.delete(schedule["cron_id"])  # type: ignore[typeddict-item]  # the SDK says Run, and it is a Cron
    values: Any = await client.runs.join(thread, runs[-1]["run_id"])
    assert values["task"]["task_idx"] == 3
    assert values["outcome"]


async def test_the_server_s_own_mcp_endpoint_offers_the_graphs_as_tools(studio: Studio) -> None:
    async def ask(method: str, parameters: dict[str, Any]) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        async with httpx.AsyncClient(timeout=READ_SECONDS) as http:
            accepts = {"accept": "application/json, text/event-stream"}
            return (await http.post(f"{studio.url}/mcp", json=request, headers=accepts)).json()["result"]

    tools = {tool["name"]: tool for tool in (await ask("tools/list", {}))["tools"]}
    assert {"awm", "baseline"} <= set(tools)
    assert "scenario" in tools["awm"]["inputSchema"]["properties"]
    answer = await ask("tools/call", {"name": "awm", "arguments": TASK})
    assert "'outcome': 'complete'" in answer["content"][0]["text"]


class Order(TypedDict, total=False):
    scenario: str
    task_idx: int
    outcome: str
    thanks: str


async def test_an_episode_on_the_server_is_a_node_of_another_graph(client: LangGraphClient) -> None:
    async def thank(state: Order) -> Order:
        return {"thanks": f"it is {state['outcome']}"}

    graph = StateGraph(Order)
    graph.add_node("episode", RemoteGraph("awm", client=client))
    graph.add_node("thank", thank)
    graph.add_edge(START, "episode")
    graph.add_edge("episode", "thank")
    graph.add_edge("thank", END)
    answer = await graph.compile().ainvoke({"scenario": "support_desk", "task_idx": 3})
    assert (answer["outcome"], answer["thanks"]) == ("complete", "it is complete")


def test_nothing_blocked_the_event_loop_or_broke_unseen(studio: Studio) -> None:
    said = studio.said()
    assert "Application started up" in said
    assert f"https://smith.langchain.com/studio/?baseUrl={studio.url}" in said
    assert "BlockingError" not in said
    assert "Exception in callback" not in said
    assert "Slow graph load" not in said
    assert "Task was destroyed" not in said
