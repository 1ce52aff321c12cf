"""``awm-langgraph run``: one episode, shown as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awm_langgraph.cli import options, playing, wishes
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.cli.live import Played
    from awm_langgraph.cli.screen import Screen
    from awm_langgraph.episode import Task


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Its name: see `scenarios list`.")],
    task: Annotated[int | None, typer.Option("--task", metavar="N", help="Which of its tasks, from 0.")] = None,
    instruction: Annotated[
        str | None, typer.Option("--instruction", metavar="TEXT", help="Your own instruction instead of a task.")
    ] = None,
    no_expert: wishes.NoExpert = False,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Seed of the scripted models' mistakes (default 0).")
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option("--max-steps", metavar="N", help="Most agent turns with a call (default 15).")
    ] = None,
    max_consultations: Annotated[
        int | None, typer.Option("--max-consultations", metavar="N", help="Most consultations (default 3).")
    ] = None,
    stall_steps: Annotated[
        int | None,
        typer.Option("--stall-steps", metavar="N", help="Steps without progress that bring the expert (default 5)."),
    ] = None,
    verifier_mode: wishes.VerifierMode = None,
    expert_kind: wishes.ExpertKind = None,
    tier: wishes.Tier = None,
    past: wishes.Past = None,
    tool_interface: wishes.ToolInterface = None,
    argument_mode: wishes.ArgumentMode = None,
    settings_of_context: wishes.Set = None,
    strict_seed: Annotated[
        bool, typer.Option("--strict-seed", help="Refuse a scenario of which a seed row cannot be inserted.")
    ] = False,
    sandbox: options.Sandbox = None,
    runtime: options.Runtime = None,
    agent: Annotated[str | None, options.model("agent")] = None,
    agent_base_url: Annotated[str | None, options.base_url("agent")] = None,
    agent_api_key_env: Annotated[str | None, options.api_key_env("agent")] = None,
    agent_parameters: Annotated[str | None, options.parameters("agent")] = None,
    expert: Annotated[str | None, options.model("expert")] = None,
    expert_base_url: Annotated[str | None, options.base_url("expert")] = None,
    expert_api_key_env: Annotated[str | None, options.api_key_env("expert")] = None,
    expert_parameters: Annotated[str | None, options.parameters("expert")] = None,
    judge: Annotated[str | None, options.model("judge")] = None,
    judge_base_url: Annotated[str | None, options.base_url("judge")] = None,
    judge_api_key_env: Annotated[str | None, options.api_key_env("judge")] = None,
    judge_parameters: Annotated[str | None, options.parameters("judge")] = None,
    catalog: options.CatalogName = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Run one episode and show it as it happens.

    Exits with 1 where the outcome says nothing because something failed: a model's service, the environment, the time,
    the verifier. Whether the agent did its task changes nothing.

    Flags win over AWM_* variables, these over .env, and .env over --config. No flag takes a key itself.
    """
    from awm_langgraph.settings import use_settings

    settings = options.load_settings(
        config,
        catalog=catalog,
        runs_dir=out,
        sandbox=sandbox,
        runtime=runtime,
        agent=options.role("agent", agent, agent_base_url, agent_api_key_env, agent_parameters),
        expert=options.role("expert", expert, expert_base_url, expert_api_key_env, expert_parameters),
        judge=options.role("judge", judge, judge_base_url, judge_api_key_env, judge_parameters),
    )
    wanted = wishes.wishes_of(
        settings_of_context,
        no_expert=no_expert,
        expert_kind=expert_kind,
        tier=tier,
        past=past,
        tool_interface=tool_interface,
        argument_mode=argument_mode,
        seed=seed,
        max_steps=max_steps,
        max_consultations=max_consultations,
        stall_steps=stall_steps,
        verifier_mode=verifier_mode,
    )
    with use_settings(settings):
        _show(_find_task(settings.catalog, scenario, task, instruction), wanted, strict_seed, as_json, out)


def _find_task(catalog: str, scenario: str, task_idx: int | None, instruction: str | None) -> Task:
    """Find what was asked for, and whether it may run here, before anything slow is begun."""
    from awm_langgraph.cli.opening import admit_scenario, open_catalog
    from awm_langgraph.episode import Task

    if (task_idx is None) == (instruction is None):
        found = "neither" if task_idx is None else "both"
        raise UsageError(f"expected either --task N or --instruction TEXT, found {found}: give one of them")
    opened = open_catalog(catalog)
    if task_idx is not None:
        task = opened.task(scenario, task_idx)
    elif instruction and instruction.strip():
        name = opened.summary(scenario).name
        task = Task(catalog=opened.name, scenario=name, task_idx=None, instruction=instruction)
    else:
        raise UsageError("--instruction: expected what the agent is to do, found nothing: say it in words")
    admit_scenario(opened, task.scenario)
    return task


def _show(task: Task, wanted: Mapping[str, Any], strict_seed: bool, as_json: bool, out: Path | None) -> None:
    """Run the episode with the current settings; ``wanted`` are fields of its context."""
    from awm_langgraph.settings import current_settings

    async def play_before(screen: Screen) -> Played:
        from awm_langgraph.agent import episode_context
        from awm_langgraph.cli.live import play

        runs = current_settings().runs_dir.absolute()
        return await play(task, episode_context(**wanted), runs, screen, strict_seed=strict_seed)

    playing.tell([playing.play_on(play_before, as_json=as_json, out=out)], as_json=as_json, is_many=False)
