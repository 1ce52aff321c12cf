import pytest
from langchain_core.language_models import FakeListChatModel
from pydantic import ValidationError

from awm_langgraph.models import ModelChoice, chat_model, configured_choice, name_of
from awm_langgraph.settings import Settings, use_settings


def test_a_configured_choice_is_the_roles_settings_without_its_key() -> None:
    expert = {"model": "openai:x", "base_url": "http://localhost/v1", "api_key": "sk-1", "parameters": {"seed": 1}}
    with use_settings(Settings.load(expert=expert)):
        choice = configured_choice("expert")
    assert choice == ModelChoice(model="openai:x", base_url="http://localhost/v1", parameters={"seed": 1})
    assert "sk-1" not in choice.model_dump_json()


@pytest.mark.parametrize("wrong", [{"parameters": {"api_key": "sk-1"}}, {"base_url": "not a url"}, {"api_key": "sk-1"}])
def test_a_choice_has_no_place_for_a_key(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModelChoice.model_validate({"model": "openai:x", **wrong})


def test_a_model_that_came_as_an_object_is_named_as_its_service_names_it_or_by_its_class() -> None:
    served = ModelChoice(model="openai:small", base_url="http://127.0.0.1:1/v1")
    assert name_of(chat_model("agent", served)) == "small"
    assert name_of(FakeListChatModel(responses=[])) == "FakeListChatModel"
