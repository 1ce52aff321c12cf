import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from awm_langgraph.catalog.scenario import Scenario, SeedStatement
from awm_langgraph.environment.templates import Moment, SeedTemplates, key_of
from awm_langgraph.errors import EnvironmentBuildError

BROKEN = SeedStatement(table="notes", sql="INSERT INTO nowhere VALUES (1)")


def test_a_template_is_built_once_for_all_who_ask(notes: Scenario) -> None:
    templates = SeedTemplates()
    begin = threading.Barrier(8)

    def ask(_: int) -> object:
        begin.wait()
        return templates.get(notes)

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(ask, range(8)))
    assert len(found) == 1


def test_a_template_that_is_too_old_for_its_asker_is_built_again(notes: Scenario) -> None:
    templates = SeedTemplates()
    old = templates.get(notes)
    assert templates.get(notes, max_age_seconds=3600) is old
    new = templates.get(notes, max_age_seconds=0)
    assert new is not old
    assert new.age_seconds <= old.age_seconds
    assert templates.get(notes) is new


@pytest.mark.parametrize("jump_seconds", [-8 * 3600, 8 * 3600])
def test_a_wall_clock_that_was_set_makes_every_template_old(jump_seconds: float, notes: Scenario) -> None:
    moments = [Moment(running=10.0, wall=1_000_000.0)]
    templates = SeedTemplates(clock=lambda: moments[-1])
    before = templates.get(notes)
    moments.append(Moment(running=11.0, wall=1_000_001.0))
    assert templates.get(notes) is before
    moments.append(Moment(running=12.0, wall=1_000_002.0 + jump_seconds))
    after = templates.get(notes)
    assert after is not before
    assert after.built_at == moments[-1]
    moments.append(Moment(running=12.0 + 3600, wall=1_000_002.0 + jump_seconds))
    assert templates.get(notes) is not after


def test_what_differs_in_content_or_strictness_has_a_template_of_its_own(notes: Scenario) -> None:
    templates = SeedTemplates()
    lenient = notes.model_copy(update={"seed": (*notes.seed, BROKEN), "fingerprint": "1" * 64})
    assert key_of(lenient) != key_of(notes)
    found = templates.get(lenient)
    assert [problem.statement for problem in found.seed.problems] == [BROKEN.sql]
    assert templates.get(notes).seed.problems == ()
    with pytest.raises(EnvironmentBuildError, match="--strict-seed"):
        templates.get(lenient, strict_seed=True)
    assert templates.get(lenient) is found


def test_a_template_that_could_not_be_built_is_tried_again(notes: Scenario) -> None:
    templates = SeedTemplates()
    broken = notes.model_copy(update={"tables": (notes.tables[0].model_copy(update={"ddl": "CREATE NOTHING"}),)})
    for _ in range(2):
        with pytest.raises(EnvironmentBuildError, match="CREATE NOTHING"):
            templates.get(broken)
    assert templates.get(notes).seed.image.startswith(b"SQLite format 3")


def test_the_templates_asked_for_longest_ago_are_forgotten(notes: Scenario) -> None:
    templates = SeedTemplates()
    first = templates.get(notes)
    for number in range(200):
        templates.get(notes.model_copy(update={"fingerprint": f"{number:064}" if number else "f" * 64}))
    assert templates.get(notes) is not first
