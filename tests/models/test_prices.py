"""What calls cost, where that can be known."""

import pytest

from awm_langgraph.episode import Usage
from awm_langgraph.models import ModelChoice, configured_choice
from awm_langgraph.models.prices import is_priced, priced
from awm_langgraph.settings import Settings, use_settings

BIG = ModelChoice(model="openai:big", input_price=1.25, output_price=10)
FREE = ModelChoice(model="openai:own", input_price=0, output_price=0)
UNKNOWN = ModelChoice(model="openai:big")
SCRIPTED = ModelChoice(model="scripted:expert")
ASKED = Usage(model_calls=2, input_tokens=2000, output_tokens=100, cost_usd=None)


@pytest.mark.parametrize(
    ("usage", "choice", "cost_usd"),
    [
        (ASKED, BIG, 0.0035),
        (ASKED, FREE, 0.0),
        (ASKED, UNKNOWN, None),
        (ASKED, ModelChoice(model="openai:big", output_price=10), None),
        (ASKED, SCRIPTED, 0.0),
        (Usage(model_calls=1, cost_usd=None), BIG, None),
        (Usage(model_calls=1, cost_usd=None), SCRIPTED, 0.0),
        (Usage(cost_usd=None), BIG, None),
        (Usage(), UNKNOWN, 0.0),
        (ASKED.model_copy(update={"cost_usd": 0.5}), BIG, 0.5),
    ],
)
def test_tokens_have_a_price_where_both_are_known(usage: Usage, choice: ModelChoice, cost_usd: float | None) -> None:
    found = priced(usage, choice)
    assert found.cost_usd == (cost_usd if cost_usd is None else pytest.approx(cost_usd))
    assert found.model_copy(update={"cost_usd": usage.cost_usd}) == usage


def test_only_both_prices_make_a_model_priced() -> None:
    half = ModelChoice(model="openai:big", input_price=1)
    assert [is_priced(choice) for choice in (BIG, FREE, SCRIPTED, UNKNOWN, half)] == [True, True, True, False, False]


def test_prices_come_from_the_settings_and_are_part_of_the_recorded_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWM_EXPERT_MODEL", "openai:big")
    monkeypatch.setenv("AWM_EXPERT_INPUT_PRICE", "1.25")
    monkeypatch.setenv("AWM_EXPERT_OUTPUT_PRICE", "10")
    with use_settings(Settings.load()):
        choice = configured_choice("expert")
    assert choice == BIG
    assert ModelChoice.model_validate_json(choice.model_dump_json()) == BIG
