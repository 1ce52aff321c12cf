"""An episode as a tree."""

from awm_langgraph.episode import (
    Advice,
    ConsultationRecord,
    PlanStep,
    Provenance,
    Reward,
    Task,
    ToolOutcome,
    Trajectory,
    Trigger,
    Verdict,
)
from awm_langgraph.evaluation.tree import trace_tree

HELP: tuple[tuple[int, Trigger, int], ...] = ((1, "start", 0), (2, "error", 1))
EPISODE = Trajectory(
    episode_id="one",
    task=Task(catalog="bundled", scenario="desk", task_idx=2, instruction="Close\nticket 7."),
    provenance=Provenance(version="0", catalog_fingerprint="", prompts={}, models={}, condition="static", seed=0),
    calls=(
        ToolOutcome(name="close", arguments={"id": "seven"}, kind="invalid_args", text="no number", step=1),
        ToolOutcome(name="close", arguments={"id": 7}, kind="ok", text="{}", changed=True, step=2),
    ),
    consultations=tuple(
        ConsultationRecord(
            number=number,
            trigger=trigger,
            reason="a reason",
            step=step,
            after_calls=step,
            expert="dynamic",
            model="",
            tier="schema",
            advice=Advice(plan=(PlanStep(tool="close", arguments={"id": 7}),)),
        )
        for number, trigger, step in HELP
    ),
    steps=2,
    stop_reason="final_answer",
    final_answer="Closed.",
    verdict=Verdict(outcome="complete"),
    reward=Reward(environment=1.0, shaped=1.3, parts={}, pattern="recovery"),
)
DRAWN = """\
episode desk/2  static
Close ticket 7.
├─ before the first step
│     expert (start): a reason
│       advice: close(id=7)
├─ step 1
│     invalid_args: close(id="seven")
│       no number
│     expert (error): a reason
│       advice: close(id=7)
├─ step 2
│     ok, database changed: close(id=7)
└─ verdict: complete
      answer: Closed.
      reward 1, shaped 1.3, recovery"""


def test_steps_calls_help_and_the_ending_stand_in_their_places() -> None:
    assert trace_tree(EPISODE) == DRAWN


def test_the_json_form_that_a_target_gives_is_drawn_alike() -> None:
    assert trace_tree(EPISODE.model_dump(mode="json")) == DRAWN


def test_an_episode_that_says_nothing_about_the_agent_has_its_reason_instead_of_a_reward() -> None:
    failed = EPISODE.model_copy(
        update={"final_answer": "", "reward": None, "stop_reason": "timeout", "verdict": Verdict(outcome="timeout")}
    )
    assert trace_tree(failed).endswith("└─ verdict: timeout\n      timeout")


def test_long_texts_are_cut() -> None:
    long = EPISODE.model_copy(update={"task": EPISODE.task.model_copy(update={"instruction": "word " * 100})})
    assert trace_tree(long).splitlines()[1].endswith("…")
    assert max(map(len, trace_tree(long).splitlines())) < 110
