from awm_langgraph.cli.studio.conditions import conditions


def test_every_condition_has_its_own_name_id_and_description() -> None:
    every = list(conditions(["runs/earlier"]))
    assert len({one.name for one in every}) == len({one.assistant_id for one in every}) == len(every)
    assert all(one.description for one in every)
    assert [one.assistant_id for one in conditions()] == [one.assistant_id for one in every[:7]]


def test_who_learns_from_earlier_episodes_is_offered_only_where_there_are_some() -> None:
    assert {one.name.partition("/")[0] for one in conditions()} == {"none", "dynamic", "ensemble", "human"}
    learning = [one for one in conditions(["runs/earlier"]) if "past" in one.context]
    assert [(one.name, one.context["past"]) for one in learning] == [
        ("static/schema", ["runs/earlier"]),
        ("memory/schema", ["runs/earlier"]),
    ]
