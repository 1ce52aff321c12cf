"""The loopback service as LangSmith's own SDK sees it."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from langsmith import Client, trace, tracing_context
from langsmith.evaluation import evaluate
from langsmith.utils import LangSmithConflictError, LangSmithError, LangSmithNotFoundError
from requests.exceptions import ReadTimeout
from urllib3 import Retry

from awm_langgraph.testing import Behaviour, LangSmithServer

KEY = "a-key-of-no-worth"


@pytest.fixture
def server() -> Iterator[LangSmithServer]:
    with LangSmithServer() as served:
        yield served


@pytest.fixture
def client(server: LangSmithServer) -> Iterator[Client]:
    with closing(Client(api_url=server.url, api_key=KEY)) as made:
        yield made


def _trace(client: Client) -> uuid.UUID:
    with (
        tracing_context(enabled=True, client=client, project_name="tried"),
        trace("outer", inputs={"question": "ö"}, tags=["red"], metadata={"seed": 1}) as outer,
    ):
        with trace("inner", run_type="tool", inputs={"n": 1}) as inner:
            inner.end(outputs={"n": 2})
        outer.end(outputs={"answer": "ü"})
    return outer.id


@pytest.mark.parametrize("takes_zstd", [True, False])
def test_runs_arrive_with_their_nesting_compressed_or_not(takes_zstd: bool) -> None:
    with (
        LangSmithServer(takes_zstd=takes_zstd) as server,
        closing(Client(api_url=server.url, api_key=KEY)) as client,
    ):
        # what is traced before the SDK has heard what the service takes goes out as it is
        _trace(client)
        client.flush()
        _trace(client)
        client.flush()
    _, root = server.records.roots
    assert (root.name, root.project, root.tags, root.metadata["seed"]) == ("outer", "tried", ["red"], 1)
    assert (root.inputs, root.outputs) == ({"question": "ö"}, {"answer": "ü"})
    assert root.is_finished
    (child,) = server.records.children(root)
    assert (child.kind, child.inputs, child.outputs) == ("tool", {"n": 1}, {"n": 2})
    assert server.asked("/runs/multipart")[-1].is_compressed is takes_zstd
    assert {one.key for one in server.requests} == {KEY}
    assert "ü".encode() in server.sent or b"\\u00fc" in server.sent


def test_feedback_arrives_beside_the_runs(server: LangSmithServer, client: Client) -> None:
    run_id = _trace(client)
    client.create_feedback(trace_id=run_id, session_id=uuid.uuid4(), key="reward", score=0.5, comment="half")
    client.flush()
    (root,) = server.records.roots
    given = server.records.feedback_on(root)["reward"]
    assert (given["score"], given["comment"]) == (0.5, "half")


def test_examples_are_made_changed_filtered_by_split_and_dropped(server: LangSmithServer, client: Client) -> None:
    dataset = client.create_dataset("tasks", metadata={"fingerprint": "abc"})
    first, second = uuid.uuid4(), uuid.uuid4()
    client.create_examples(
        dataset_id=dataset.id,
        examples=[
            {"id": first, "inputs": {"n": 1}, "reference_outputs": {"m": 1}, "split": "test", "metadata": {"x": 1}},
            {"id": second, "inputs": {"n": 2}, "split": ["train", "small"]},
        ],
    )
    change = {"id": first, "inputs": {"n": 3}, "metadata": {"x": 2}, "split": ["test"]}
    client.update_examples(dataset_id=dataset.id, updates=[change])
    assert [one.inputs for one in client.list_examples(dataset_name="tasks", splits=["train"])] == [{"n": 2}]
    changed = client.read_dataset(dataset_name="tasks")
    assert changed.example_count == 2
    kept = {one["id"]: one for one in server.records.examples_of("tasks")}
    assert kept[str(first)]["inputs"] == {"n": 3}
    assert kept[str(first)]["metadata"] == {"x": 2, "dataset_split": ["test"]}
    assert kept[str(first)]["outputs"] == {"m": 1}
    client.delete_examples([second])
    assert [one["id"] for one in server.records.examples_of("tasks")] == [str(first)]
    with pytest.raises(LangSmithNotFoundError):
        client.read_dataset(dataset_name="other")


def test_a_version_of_a_data_set_is_given_a_name(server: LangSmithServer, client: Client) -> None:
    dataset = client.create_dataset("tasks")
    client.update_dataset_tag(dataset_id=dataset.id, as_of=datetime.now(UTC), tag="git:abc")
    assert [one.json()["tag"] for one in server.asked(f"/datasets/{dataset.id}/tags")] == ["git:abc"]


def test_an_experiment_is_a_project_of_its_data_set(server: LangSmithServer, client: Client) -> None:
    dataset = client.create_dataset("sums")
    client.create_examples(dataset_id=dataset.id, examples=[{"inputs": {"n": 2}, "reference_outputs": {"m": 4}}])

    def is_right(outputs: dict[str, int], reference_outputs: dict[str, int]) -> dict[str, bool]:
        return {"score": outputs["m"] == reference_outputs["m"]}

    evaluate(lambda inputs: {"m": inputs["n"] * 2}, data="sums", evaluators=[is_right], client=client)
    client.flush()
    (experiment,) = server.records.experiments
    assert experiment["reference_dataset_id"] == str(dataset.id)
    (run,) = [one for one in server.records.roots if one.project == experiment["name"]]
    assert run.outputs == {"m": 4}
    assert server.records.feedback_on(run)["is_right"]["score"] in (1, True)


def test_a_prompt_is_pushed_read_and_pushed_again(server: LangSmithServer, client: Client) -> None:
    from langchain_core.prompts import ChatPromptTemplate

    for text in ("Say {word}.", "Shout {word}!"):
        client.push_prompt("speak", object=ChatPromptTemplate([("system", text)]), description="how to speak")
    assert client.pull_prompt("speak", skip_cache=True).format(word="yes") == "System: Shout yes!"
    prompt = server.records.prompts["speak"]
    assert len(prompt.commits) == 2
    assert prompt.commits[1].parent == prompt.commits[0].hash
    with pytest.raises(LangSmithConflictError):
        client.create_commit("speak", ChatPromptTemplate([("system", "No.")]), parent_commit_hash="0" * 64)
    with pytest.raises(LangSmithNotFoundError):
        client.pull_prompt("sing")


def test_it_refuses_when_it_is_told_to_and_takes_what_comes_afterwards(server: LangSmithServer, client: Client) -> None:
    server.behaviour = Behaviour("refusing", status=403)
    with pytest.raises(LangSmithError, match="403"):
        client.create_dataset("tasks")
    assert server.records.datasets == {}
    server.behaviour = Behaviour()
    assert client.create_dataset("tasks").name == "tasks"


def test_it_hangs_when_it_is_told_to_until_it_is_closed() -> None:
    with LangSmithServer(Behaviour("hanging")) as server:
        client = Client(
            api_url=server.url, api_key=KEY, timeout_ms=50, retry_config=Retry(total=0), auto_batch_tracing=False
        )
        with pytest.raises((ReadTimeout, LangSmithError)):
            client.create_dataset("tasks")
    assert {one.path for one in server.requests} == {"/datasets"}
    assert server.records.datasets == {}


def test_whoever_waits_for_records_looks_at_them_while_nobody_changes_them(server: LangSmithServer) -> None:
    assert server.wait_until(lambda records: records.lock.locked()) is server.records


def test_it_keeps_one_waiting_when_it_is_told_to(server: LangSmithServer, client: Client) -> None:
    server.behaviour = Behaviour("slow", seconds=0.01)
    assert client.create_dataset("tasks").name == "tasks"
    assert server.wait_until(lambda records: bool(records.datasets)).datasets
