import pytest
from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of, context_with
from awm_langgraph.errors import UsageError


def test_a_graphs_defaults_hold_for_what_a_caller_did_not_choose() -> None:
    kind = context_with(expert_kind="none", max_steps=3)
    assert context_of(Runtime(), kind).max_steps == 3
    given = context_of(Runtime(context=EpisodeContext(seed=1, max_steps=4)), kind)
    assert (given.expert_kind, given.max_steps, given.seed) == ("none", 4, 1)


@pytest.mark.parametrize("given", [{}, {"expert_kind": "none"}, {"expert_kind": "memory", "max_consultations": 0}])
def test_earlier_episodes_that_nobody_reads_are_refused_in_one_line(given: dict[str, object]) -> None:
    context = EpisodeContext.model_validate({"past": ["runs/x"], **given})
    with pytest.raises(UsageError, match=f"past: .* found condition {context.condition}: choose") as refused:
        context.require_past_is_read()
    assert "\n" not in str(refused.value)
    assert context.without_unread_past().past == ()


@pytest.mark.parametrize("kind", ["static", "memory"])
def test_earlier_episodes_that_somebody_reads_stay(kind: str) -> None:
    context = EpisodeContext.model_validate({"past": ["runs/x"], "expert_kind": kind})
    context.require_past_is_read()
    assert context.without_unread_past() is context
    assert context.in_condition("memory").past == ("runs/x",)
    assert context.in_condition("none").past == ()


def test_a_graphs_own_earlier_episodes_bind_no_caller_to_an_expert_who_reads_them() -> None:
    kind = context_with(past=("runs/x",), expert_kind="memory")
    given = context_of(Runtime(context=EpisodeContext(expert_kind="none")), kind)
    given.require_past_is_read()
    assert (given.past, given.condition) == (("runs/x",), "none")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"foo": 1}, "there is no field 'foo'"),
        ({"max_step": 1}, "did you mean max_steps?"),
        ({"max_steps": 0}, "max_steps: Input should be greater than or equal to 1, found 0"),
        ({"past": "x"}, "past: "),
    ],
)
def test_a_mistake_in_a_context_is_told_in_one_line(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        EpisodeContext.model_validate(values)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)
