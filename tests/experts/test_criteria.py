"""Success criteria from verifier code."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Literal

import pytest

from awm_langgraph import prompts
from awm_langgraph.episode import Usage
from awm_langgraph.experts.criteria import CriteriaExtractor
from awm_langgraph.experts.criteria_cache import CriteriaCache
from awm_langgraph.settings import Settings, use_settings

CODE = '''
def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    """Workflow 4 must have one schedule trigger (and no other)."""
    row = connection.execute("SELECT count(*) FROM triggers WHERE workflow_id = 4").fetchone()
    return {"result": "complete" if row[0] == 1 else "others"}
'''
ANSWER = '{"criteria": ["Workflow 4 has one trigger."], "plan": []}'
ITEMS = ("Workflow 4 has one trigger.",)


async def test_the_model_reads_the_code_and_the_task(answering: Callable[..., Any]) -> None:
    model = answering(ANSWER)

    criteria = await CriteriaExtractor(model, "m", CriteriaCache()).extract("Give 'Invoices' a trigger.", CODE)

    assert (criteria.items, criteria.error) == (ITEMS, "")
    assert criteria.usage == Usage(model_calls=1, input_tokens=100, output_tokens=10, cost_usd=None)
    question = model.asked[0][0].text
    assert CODE.strip() in question
    assert "Give 'Invoices' a trigger." in question


async def test_a_task_is_read_once_and_costs_nothing_the_second_time(answering: Callable[..., Any]) -> None:
    model, cache = answering(ANSWER), CriteriaCache()

    await CriteriaExtractor(model, "m", cache).extract("do", CODE)
    again = await CriteriaExtractor(model, "m", cache).extract("do", CODE)

    assert (again.items, again.usage, len(model.asked)) == (ITEMS, Usage(), 1)


def test_a_cache_serves_one_event_loop_after_another(answering: Callable[..., Any]) -> None:
    cache = CriteriaCache()

    async def two_episodes() -> list[tuple[str, ...]]:
        extractor = CriteriaExtractor(answering(ANSWER), "m", cache)
        both = await asyncio.gather(extractor.extract("do", CODE), extractor.extract("do", CODE))
        return [criteria.items for criteria in both]

    assert asyncio.run(two_episodes()) == [ITEMS, ITEMS]
    assert asyncio.run(two_episodes()) == [ITEMS, ITEMS]


async def test_episodes_of_one_task_at_the_same_time_ask_once(answering: Callable[..., Any]) -> None:
    second_waits = asyncio.Event()

    class ToldLock(asyncio.Lock):
        async def acquire(self) -> Literal[True]:
            if self.locked():
                second_waits.set()
            return await super().acquire()

    async def slow() -> str:
        await asyncio.wait_for(second_waits.wait(), timeout=60)
        return ANSWER

    model, cache = answering(slow), CriteriaCache()
    cache.locks.default_factory = ToldLock
    extractor = CriteriaExtractor(model, "m", cache)

    first, second = await asyncio.gather(extractor.extract("do", CODE), extractor.extract("do", CODE))

    assert (first.items, second.items) == (ITEMS, ITEMS)
    assert {first.usage.model_calls, second.usage.model_calls} == {0, 1}
    assert len(model.asked) == 1


async def test_another_code_another_model_and_another_prompt_are_asked_anew(
    answering: Callable[..., Any], tmp_path: Any
) -> None:
    model, cache = answering(*[ANSWER] * 4), CriteriaCache()
    text = prompts.load("expert_criteria").text
    (tmp_path / "expert_criteria.md").write_text(f"{text}\nBe brief.", encoding="utf-8")

    await CriteriaExtractor(model, "m", cache).extract("do", CODE)
    await CriteriaExtractor(model, "m", cache).extract("do", f"{CODE}\n")
    await CriteriaExtractor(model, "n", cache).extract("do", CODE)
    with use_settings(Settings(prompts_dir=tmp_path)):
        await CriteriaExtractor(model, "m", cache).extract("do", CODE)

    assert len(model.asked) == 4
    assert model.asked[3][0].text.endswith("Be brief.")


async def test_a_failure_is_told_and_tried_again_the_next_time(answering: Callable[..., Any]) -> None:
    extractor = CriteriaExtractor(answering(RuntimeError("down"), ANSWER), "m", CriteriaCache())

    failed = await extractor.extract("do", CODE)

    assert (failed.items, failed.error) == ((), "model_error: RuntimeError: down")
    assert (await extractor.extract("do", CODE)).items == ITEMS


async def test_an_extraction_that_is_cancelled_leaves_the_next_one_free(answering: Callable[..., Any]) -> None:
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.Event().wait()

    extractor = CriteriaExtractor(answering(hang, ANSWER), "m", CriteriaCache())
    first = asyncio.create_task(extractor.extract("do", CODE))
    await asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    assert (await extractor.extract("do", CODE)).items == ITEMS


QUOTING = json.dumps({"criteria": ["Active.", f"It must be that\n  {CODE.splitlines()[3]}"]})


async def test_criteria_that_quote_the_code_are_sent_back_with_the_complaint(answering: Callable[..., Any]) -> None:
    model = answering(QUOTING, ANSWER)

    criteria = await CriteriaExtractor(model, "m", CriteriaCache()).extract("do", CODE)

    assert criteria.items == ITEMS
    assert "criterion 2 quotes the checking code" in model.asked[1][-1].text


async def test_criteria_that_quote_the_code_twice_are_not_used(answering: Callable[..., Any]) -> None:
    criteria = await CriteriaExtractor(answering(QUOTING, QUOTING), "m", CriteriaCache()).extract("do", CODE)

    assert criteria.items == ()
    assert "quotes the checking code" in criteria.error
    assert criteria.usage.model_calls == 2
