"""``awm-langgraph fork``: go on from one of an episode's steps, as a new episode."""

from __future__ import annotations

from typing import Annotated

import typer

from awm_langgraph.cli import interruption, options, wishes
from awm_langgraph.cli.playing import play_on, tell
from awm_langgraph.cli.resume import admit_scenarios


def fork(
    episode: Annotated[str, typer.Argument(metavar="EPISODE", help="Its id; the first letters will do.")],
    step: Annotated[
        int, typer.Option("--at", metavar="STEP", min=0, help="Go on from after this step; 0 is the beginning.")
    ],
    instruction: Annotated[
        str, typer.Option("--instruction-to-agent", metavar="TEXT", help="Tell the agent this first.")
    ] = "",
    no_expert: wishes.NoExpert = False,
    expert_kind: wishes.ExpertKind = None,
    tier: wishes.Tier = None,
    past: wishes.Past = None,
    tool_interface: wishes.ToolInterface = None,
    argument_mode: wishes.ArgumentMode = None,
    settings_of_context: wishes.Set = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Another seed of the scripted models' mistakes.")
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option("--max-steps", metavar="N", help="Most steps, those before the fork included.")
    ] = None,
    max_consultations: Annotated[
        int | None, typer.Option("--max-consultations", metavar="N", help="Most consultations, likewise.")
    ] = None,
    verifier_mode: wishes.VerifierMode = None,
    agent: Annotated[str | None, options.model("agent")] = None,
    agent_base_url: Annotated[str | None, options.base_url("agent")] = None,
    agent_api_key_env: Annotated[str | None, options.api_key_env("agent")] = None,
    agent_parameters: Annotated[str | None, options.parameters("agent")] = None,
    expert: Annotated[str | None, options.model("expert")] = None,
    expert_base_url: Annotated[str | None, options.base_url("expert")] = None,
    expert_api_key_env: Annotated[str | None, options.api_key_env("expert")] = None,
    expert_parameters: Annotated[str | None, options.parameters("expert")] = None,
    sandbox: options.Sandbox = None,
    runtime: options.Runtime = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Go on from after one of an episode's steps, as a new episode of the same run.

    Its database is the one of that step, and what happens in it does not touch the old episode. Whatever is not said
    otherwise is as it was there.
    """
    from awm_langgraph.cli.finding import find_episode
    from awm_langgraph.settings import use_settings

    roles = {
        "agent": options.role("agent", agent, agent_base_url, agent_api_key_env, agent_parameters),
        "expert": options.role("expert", expert, expert_base_url, expert_api_key_env, expert_parameters),
    }
    settings = options.load_settings(config, runs_dir=out, sandbox=sandbox, runtime=runtime, **roles)
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
        verifier_mode=verifier_mode,
    )
    # None: the model that the settings choose, which are these flags now
    wanted |= {role: None for role, flags in roles.items() if any(flag is not None for flag in flags.values())}
    with use_settings(settings):
        from awm_langgraph.cli import going_on

        found = interruption.run(find_episode(settings.runs_dir.absolute(), episode))
        (row,) = found.episodes
        admit_scenarios([row])
        played = play_on(
            lambda screen: going_on.fork(
                found.folder, row.episode_id, screen, step=step, wishes=wanted, note=instruction
            ),
            as_json=as_json,
            out=out,
        )
    tell([played], as_json=as_json, is_many=False)
