"""The prompts of each kind of expert."""

from awm_langgraph.experts.questions import PROMPTS
from awm_langgraph.experts.specialists import SPECIALISTS
from awm_langgraph.prompts import load


def test_every_prompt_that_is_named_for_a_kind_of_expert_exists() -> None:
    assert all(load(name).text.strip() for names in PROMPTS.values() for name in names)


def test_the_ensemble_names_the_prompt_of_each_specialist() -> None:
    assert {f"expert_{name}" for name in SPECIALISTS} <= set(PROMPTS["ensemble"])
