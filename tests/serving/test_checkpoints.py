"""What a server does with the checkpoints of a run that is deleted or rolled back."""

from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from awm_langgraph.serving.studio import checkpoints
from awm_langgraph.settings import Settings, use_settings


class Said(TypedDict):
    word: str


def _repeating(checkpointer: Any) -> Any:
    builder = StateGraph(Said)
    builder.add_node("repeat", lambda state: {"word": state["word"]})
    builder.add_edge(START, "repeat")
    builder.add_edge("repeat", END)
    return builder.compile(checkpointer=checkpointer)


def _run(thread: str, run: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}, "metadata": {"run_id": run}}


async def _rows(checkpointer: Any, table: str) -> int:
    async with checkpointer.conn.execute(f"SELECT count(*) FROM {table}") as found:
        ((count,),) = await found.fetchall()
    return int(count)


async def test_a_run_that_is_taken_back_leaves_its_thread_as_it_was_before(tmp_path: Path) -> None:
    with use_settings(Settings.load(runs_dir=tmp_path)):
        async with checkpoints() as checkpointer:
            graph = _repeating(checkpointer)
            await graph.ainvoke({"word": "first"}, _run("one", "r1"))
            await graph.ainvoke({"word": "other"}, _run("two", "r2"))
            kept = [await _rows(checkpointer, table) for table in ("checkpoints", "writes")]
            await graph.ainvoke({"word": "second"}, _run("one", "r3"))
            assert (await graph.aget_state(_run("one", ""))).values == {"word": "second"}
            await checkpointer.adelete_for_runs(["r3", "r4"])
            assert [await _rows(checkpointer, table) for table in ("checkpoints", "writes")] == kept
        # also for whoever opens the file next
        async with checkpoints() as again:
            words = [(await _repeating(again).aget_state(_run(one, ""))).values for one in ("one", "two")]
    assert words == [{"word": "first"}, {"word": "other"}]
