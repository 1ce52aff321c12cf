import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.errors import UsageError
from awm_langgraph.settings import Settings, current_settings, expanded, masked, masker, use_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder without a .env, with no variable of ours set."""
    for name in [name for name in os.environ if name.startswith("AWM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_toml(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_word_the_roles_are_scripted_and_the_sandbox_is_strict() -> None:
    settings = Settings.load()
    assert (settings.agent.model, settings.expert.model) == ("scripted:novice", "scripted:expert")
    assert settings.judge.model == "scripted:judge"
    assert (settings.catalog, settings.sandbox, settings.runtime) == ("bundled", "strict", "auto")
    assert settings.runs_dir == Path("runs")
    assert settings.prompts_dir is None


def test_flags_win_over_environment_over_env_file_over_toml(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("data_dir", "runs_dir", "catalog", "prompts_dir")
    toml = write_toml(empty_folder, "\n".join(f'{name} = "toml"' for name in names))
    (empty_folder / ".env").write_text("AWM_RUNS_DIR=file\nAWM_CATALOG=file\nAWM_PROMPTS_DIR=file\n")
    monkeypatch.setenv("AWM_CATALOG", "environment")
    monkeypatch.setenv("AWM_PROMPTS_DIR", "environment")

    settings = Settings.load(toml, prompts_dir=Path("flag"))

    assert settings.data_dir == Path("toml")
    assert settings.runs_dir == Path("file")
    assert settings.catalog == "environment"
    assert settings.prompts_dir == Path("flag")


def test_a_role_is_put_together_from_every_source(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = write_toml(
        empty_folder,
        '[agent]\nmodel = "openai:toml"\napi_key_env = "SOME_KEY"\n[agent.parameters]\ntemperature = 0\nseed = 1\n',
    )
    (empty_folder / ".env").write_text("AWM_AGENT_MODEL=openai:file\n")
    monkeypatch.setenv("AWM_AGENT_PARAMETERS", '{"temperature": 0.5}')

    agent = Settings.load(toml, agent={"base_url": "http://flag/v1"}).agent

    assert agent.model == "openai:file"
    assert agent.base_url == "http://flag/v1"
    assert agent.api_key_env == "SOME_KEY"
    assert agent.parameters == {"temperature": 0.5, "seed": 1}


@pytest.mark.parametrize("role", ["agent", "expert", "judge"])
def test_each_role_has_variables_of_its_own(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = f"AWM_{role.upper()}"
    monkeypatch.setenv(f"{prefix}_MODEL", "openai:one")
    monkeypatch.setenv(f"{prefix}_BASE_URL", "https://one.test/v1")
    monkeypatch.setenv(f"{prefix}_API_KEY", "secret-one")
    settings = Settings.load()
    chosen = {name: settings.model_dump()[name] for name in ("agent", "expert", "judge")}
    mine = chosen.pop(role)
    assert (mine["model"], mine["base_url"]) == ("openai:one", "https://one.test/v1")
    assert mine["api_key"].get_secret_value() == "secret-one"
    assert all(other["base_url"] is None and other["api_key"] is None for other in chosen.values())


def test_an_override_that_is_none_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWM_CATALOG", "awm-1k")
    settings = Settings.load(catalog=None, agent={"model": None, "parameters": {"seed": 1}})
    assert settings.catalog == "awm-1k"
    assert settings.agent.model == "scripted:novice"
    assert settings.agent.parameters == {"seed": 1}


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWM_AGENT_API_KEY", "")
    assert Settings.load().agent.key() is None


def test_a_home_folder_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.load(data_dir="~/data").data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("variable", "value", "expected", "found"),
    [
        ("AWM_SANDBOX", "none", "'strict', 'best-effort' or 'off'", "'none'"),
        ("AWM_AGENT_BASE_URL", "localhost:8000", "http://", "AWM_AGENT_BASE_URL"),
        ("AWM_AGENT_PARAMETERS", "[1]", "valid dictionary", "AWM_AGENT_PARAMETERS"),
        ("AWM_AGENT_PARAMETERS", "{temperature: 0}", "JSON object", "agent"),
        ("AWM_AGENT_TEMPERATURE", "0", "parameters", "agent.temperature"),
        ("AWM_AGENT", "openai:small", "set AWM_AGENT_MODEL", "AWM_AGENT "),
        ("AWM_EXPERT_BASE_URL", "http://localhost/v1", "AWM_EXPERT_MODEL, --expert", "scripted:expert"),
    ],
)
def test_a_bad_value_is_told_in_one_line(
    variable: str, value: str, expected: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError) as told:
        Settings.load()
    assert expected in str(told.value)
    assert found in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_misspelt_variable_is_refused_with_the_right_spelling(
    where: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == ".env":
        (empty_folder / ".env").write_text("AWM_CATALOGUE=x\n")
    else:
        monkeypatch.setenv("AWM_CATALOGUE", "x")
    with pytest.raises(UsageError, match=r"AWM_CATALOGUE.*AWM_CATALOG\?"):
        Settings.load()


def test_another_programs_variable_of_our_prefix_is_told_and_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWM_SYN_LLM_PROVIDER", "x")
    with caplog.at_level(logging.WARNING):
        Settings.load()
    assert "AWM_SYN_LLM_PROVIDER" in caplog.text


def test_other_programs_entries_in_the_env_file_are_left_alone(empty_folder: Path) -> None:
    (empty_folder / ".env").write_text("LANGSMITH_TRACING=true\nAWM_CATALOG=mine\n")
    assert Settings.load().catalog == "mine"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("catalogue = 1", "catalogue is no setting"),
        ("[agent]\nmodle = 1", "agent.modle"),
        ("catalog =", "expected TOML"),
    ],
)
def test_a_bad_toml_file_is_told_in_one_line(text: str, complaint: str, empty_folder: Path) -> None:
    with pytest.raises(UsageError, match=complaint) as told:
        Settings.load(write_toml(empty_folder, text))
    assert "\n" not in str(told.value)


def test_a_toml_file_that_is_not_there_is_told_by_its_path(empty_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        Settings.load(empty_folder / "nowhere.toml")


def test_a_toml_file_does_not_outlast_its_loading(empty_folder: Path) -> None:
    Settings.load(write_toml(empty_folder, 'catalog = "once"'))
    assert Settings().catalog == "bundled"


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("500MB", 500_000_000), ("1.5 GiB", 3 * 2**29), ("2000000", 2_000_000)]
)
def test_a_size_has_the_unit_that_people_write(
    text: str, size_bytes: int, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWM_SNAPSHOT_BUDGET", text)
    assert Settings.load().snapshot_budget == size_bytes


@pytest.mark.parametrize("text", ["500", "lots", "-3GB", "0.5MB"])
def test_a_size_without_its_unit_or_of_nothing_is_told_in_one_line(
    text: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWM_SNAPSHOT_BUDGET", text)
    with pytest.raises(UsageError, match=rf"AWM_SNAPSHOT_BUDGET\): expected a size .* such as 500MB.*'{text}'"):
        Settings.load()


def test_a_key_shows_in_no_text_of_the_settings() -> None:
    settings = Settings.load(agent={"api_key": "sk-very-secret"})
    texts = [repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()]
    assert not any("sk-very-secret" in text for text in texts)


def test_a_bad_key_is_not_repeated_in_the_message() -> None:
    with pytest.raises(UsageError, match="api_key") as told:
        Settings.load(agent={"api_key": ["sk-very-secret"]})
    assert "sk-very-secret" not in str(told.value)


@pytest.mark.parametrize(
    "parameters",
    [
        {"api_key": "sk-1"},
        {"default_headers": {"Authorization": "sk-1"}},
        {"tools": [{"type": "mcp", "headers": [{"authorization": "sk-1"}]}]},
    ],
)
def test_a_key_among_the_parameters_is_refused_because_they_are_recorded(parameters: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="api_key_env") as told:
        Settings.load(agent={"parameters": parameters})
    assert "sk-1" not in str(told.value)


def test_a_key_in_the_place_of_its_variables_name_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="expected the name of a variable") as told:
        Settings.load(agent={"api_key_env": "sk-very-secret"})
    assert "sk-very-secret" not in str(told.value)


def test_every_known_key_is_masked_in_a_text_and_words_are_left(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / ".env").write_text("SOME_API_KEY=from-file\nCOLOUR=orange-red\n")
    monkeypatch.setenv("NAMED", "from-named")
    monkeypatch.setenv("LANGSMITH_API_KEY", "from-environment")
    monkeypatch.setenv("OTHER_API_KEY", "none")
    roles: dict[str, Any] = {"agent": {"api_key": "from-settings"}, "judge": {"api_key_env": "NAMED"}}
    with use_settings(Settings.load(**roles)):
        text = masked("from-file from-named from-environment from-settings orange-red none")
    assert text == "*** *** *** *** orange-red none"


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="without user and password") as told:
        Settings.load(agent={"base_url": "https://me:sk-1@models.test/v1"})
    assert "sk-1" not in str(told.value)


def test_limits_on_tokens_are_no_secrets() -> None:
    parameters = {"max_tokens": 100, "max_completion_tokens": 100}
    assert Settings.load(agent={"parameters": parameters}).agent.parameters == parameters


def test_a_named_variable_gives_the_key_from_the_environment_or_the_env_file(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Settings.load(agent={"api_key_env": "SOME_KEY"}).agent
    (empty_folder / ".env").write_text("SOME_KEY=from-file\n")
    from_file = agent.key()
    monkeypatch.setenv("SOME_KEY", "from-environment")
    from_environment = agent.key()
    assert from_file is not None
    assert from_file.get_secret_value() == "from-file"
    assert from_environment is not None
    assert from_environment.get_secret_value() == "from-environment"


def test_a_named_variable_that_is_not_set_is_told() -> None:
    agent = Settings.load(agent={"model": "openai:x", "api_key_env": "UNSET_KEY"}).agent
    with pytest.raises(UsageError, match=r"openai:x.*UNSET_KEY"):
        agent.key()


def test_a_text_for_a_role_is_its_model(empty_folder: Path) -> None:
    settings = Settings.load(write_toml(empty_folder, 'agent = "openai:toml"'), expert="openai:flag")
    assert (settings.agent.model, settings.expert.model) == ("openai:toml", "openai:flag")


def test_a_scripted_model_chosen_by_hand_needs_nothing_of_the_configured_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWM_AGENT_MODEL", "openai:small")
    monkeypatch.setenv("AWM_AGENT_BASE_URL", "http://localhost/v1")
    assert Settings.load(agent={"model": "scripted:novice"}).agent.model == "scripted:novice"
    with pytest.raises(UsageError, match="AWM_AGENT_MODEL"):
        Settings.load(agent={"model": "scripted:novice", "base_url": "http://localhost/v1"})


def test_an_env_file_that_is_no_text_is_told_in_one_line(empty_folder: Path) -> None:
    (empty_folder / ".env").write_bytes(b"A=\xff\xfe\n")
    with pytest.raises(UsageError, match=r"expected UTF-8 text in .*\.env") as told:
        Settings.load()
    assert "\n" not in str(told.value)


def test_an_env_file_that_cannot_be_read_line_by_line_is_told_once(
    empty_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (empty_folder / ".env").write_text("this is = no 'line\nAWM_CATALOG=mine\n")
    with caplog.at_level(logging.WARNING):
        assert Settings.load().catalog == "mine"
    assert caplog.text.count("could not parse") == 1


def test_files_that_begin_with_a_byte_order_mark_are_read(empty_folder: Path) -> None:
    toml = empty_folder / "settings.toml"
    toml.write_bytes(b'\xef\xbb\xbfcatalog = "toml"')
    (empty_folder / ".env").write_bytes(b"\xef\xbb\xbfAWM_RUNS_DIR=file")
    settings = Settings.load(toml)
    assert (settings.catalog, settings.runs_dir) == ("toml", Path("file"))


def test_who_has_no_home_folder_can_do_all_but_what_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", _nobody)
    settings = Settings.load()
    for need in (lambda: expanded(settings.data_dir), lambda: Settings.load(runs_dir="~/runs")):
        with pytest.raises(UsageError, match="set HOME"):
            need()


def _nobody(_user: int) -> None:
    raise KeyError("no such user")


async def test_chosen_settings_reach_tasks_and_threads_and_end_with_their_block() -> None:
    outer = current_settings().catalog
    with use_settings(Settings.load(catalog="inner")):
        in_task = await asyncio.create_task(_catalog())
        in_thread = await asyncio.to_thread(lambda: current_settings().catalog)
    assert (in_task, in_thread) == ("inner", "inner")
    assert current_settings().catalog == outer


async def _catalog() -> str:
    return current_settings().catalog


def test_settings_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().catalog = "other"  # type: ignore[misc]  # what the test is about


def test_the_data_folder_is_one_in_the_users_cache_where_none_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings.load().data_dir == tmp_path / "awm-langgraph" / "awm-1k"


def test_a_masker_works_where_the_settings_do_not_reach_and_finds_keys_as_json_writes_them() -> None:
    with use_settings(Settings.load(agent={"model": "openai:any", "api_key": 'se"cret-ü'})):
        mask = masker()
    assert mask('a se"cret-ü b') == "a *** b"
    assert mask(json.dumps({"key": 'se"cret-ü'})) == '{"key": "***"}'
