"""What a LangSmith service answers to each request of its SDK, and what it notes down."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from awm_langgraph.testing.langsmith_records import Json, Prompt, PromptCommit, Records, TracedRun
from awm_langgraph.testing.langsmith_wire import Arrived

TENANT = "00000000-0000-4000-8000-000000000001"
Answer = tuple[int, Any]
Route = Callable[..., Answer]
"""Gets the records, the request and the names in its path."""

_OK, _ACCEPTED, _MISSING = HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND
_NO_SUCH: Answer = (_MISSING, {"detail": "no such thing"})


def answer(records: Records, request: Arrived, *, takes_zstd: bool) -> Answer:
    """Note a request down and answer it."""
    if request.path == "/info":
        return _OK, _info(takes_zstd=takes_zstd)
    for method, pattern, route in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if method == request.method and found:
            with records.lock:
                return route(records, request, *found.groups())
    return _MISSING, {"detail": f"no such path: {request.method} {request.path}"}


def _info(*, takes_zstd: bool) -> Json:
    return {
        "version": "0.20.0",
        "batch_ingest_config": {
            "use_multipart_endpoint": True,
            "scale_up_qsize_trigger": 1000,
            "scale_up_nthreads_limit": 4,
            "scale_down_nempty_trigger": 4,
            "size_limit": 100,
            "size_limit_bytes": 20_971_520,
        },
        "instance_flags": {
            "zstd_compression_enabled": takes_zstd,
            "dataset_examples_multipart_enabled": True,
            "examples_multipart_enabled": True,
        },
    }


def _take_parts(records: Records, request: Arrived) -> Answer:
    """Put runs and feedback together from parts such as ``post.ID``, ``patch.ID.outputs`` and ``feedback.ID``."""
    arrived: dict[tuple[str, str], Json] = {}
    for name, content in request.parts():
        event, identifier, *place = name.split(".")
        into = arrived.setdefault((event, identifier), {"id": identifier})
        into.update({place[0]: content} if place else content)
    for (event, _identifier), fields in arrived.items():
        _take(records, event, fields)
    return _ACCEPTED, {"message": "accepted"}


def _take_batch(records: Records, request: Arrived) -> Answer:
    for event in ("post", "patch"):
        for fields in request.json().get(event) or ():
            _take(records, event, fields)
    return _ACCEPTED, {"message": "accepted"}


def _take(records: Records, event: str, fields: Json) -> None:
    if event == "feedback":
        records.feedback.append(fields)
        return
    run = records.runs.setdefault(str(fields["id"]), TracedRun({"id": fields["id"]}))
    if event == "post":
        known = run.fields
        run.fields = {**fields, **{name: value for name, value in known.items() if value is not None}}
        _project_named(records, run.project)
    else:
        run.update(fields)


def _query_runs(records: Records, request: Arrived) -> Answer:
    """Find runs by their projects' ids, as the service tells them."""
    wanted = request.json()
    names = {records.projects[one]["name"]: one for one in wanted.get("session") or () if one in records.projects}
    found = [
        run.fields | {"session_id": names[run.project], "app_path": "", "trace_id": run.fields.get("trace_id", run.id)}
        for run in records.runs.values()
        if run.project in names and not (wanted.get("is_root") and run.parent_id)
    ]
    return _OK, {"runs": found, "cursors": {"next": None}}


def _give_feedback(records: Records, request: Arrived) -> Answer:
    records.feedback.append(request.json())
    return _OK, request.json()


def _tell_settings(_records: Records, _request: Arrived) -> Answer:
    return _OK, {"id": TENANT, "display_name": "loopback", "created_at": _now(), "tenant_handle": None}


def _list_projects(records: Records, request: Arrived) -> Answer:
    names = request.query.get("name")
    if not names and not records.projects:
        _project_named(records, "default")
    return _OK, [one for one in records.projects.values() if not names or one["name"] in names]


def _make_project(records: Records, request: Arrived) -> Answer:
    wanted = request.json()
    if any(one["name"] == wanted["name"] for one in records.projects.values()) and "upsert" not in request.query:
        return HTTPStatus.CONFLICT, {"detail": "a project of that name exists"}
    project = _project_named(records, wanted["name"])
    records.projects.pop(project["id"])
    project |= {name: value for name, value in wanted.items() if value is not None}
    records.projects[project["id"]] = project
    return _OK, project


def _read_project(records: Records, _request: Arrived, project: str) -> Answer:
    found = records.projects.get(project)
    return (_OK, found) if found else _NO_SUCH


def _change_project(records: Records, request: Arrived, project: str) -> Answer:
    records.projects[project] |= {name: value for name, value in request.json().items() if value is not None}
    return _OK, records.projects[project]


def _project_named(records: Records, name: str) -> Json:
    for one in records.projects.values():
        if one["name"] == name:
            return one
    project: Json = {
        "id": str(uuid4()),
        "name": name,
        "tenant_id": TENANT,
        "start_time": _now(),
        "reference_dataset_id": None,
    }
    return records.projects.setdefault(project["id"], project)


def _list_datasets(records: Records, request: Arrived) -> Answer:
    names = request.query.get("name")
    return _OK, [_counted(records, one) for one in records.datasets.values() if not names or one["name"] in names]


def _make_dataset(records: Records, request: Arrived) -> Answer:
    wanted = request.json()
    dataset = {"id": str(uuid4()), "created_at": _now(), **wanted, "metadata": wanted["extra"]["metadata"]}
    records.datasets[dataset["id"]] = dataset
    return _OK, _counted(records, dataset)


def _read_dataset(records: Records, _request: Arrived, dataset: str) -> Answer:
    found = records.datasets.get(dataset)
    return (_OK, _counted(records, found)) if found else _NO_SUCH


def _tag_dataset(records: Records, request: Arrived, dataset: str) -> Answer:
    """Give a version of a data set a name; the SDK's pytest plug-in names them by the state of the checkout."""
    if dataset not in records.datasets:
        return _NO_SUCH
    return _OK, request.json()


def _counted(records: Records, dataset: Json) -> Json:
    return dataset | {"example_count": sum(one["dataset_id"] == dataset["id"] for one in records.examples.values())}


def _put_examples(records: Records, request: Arrived, dataset: str) -> Answer:
    """Create examples, or change what is told of those that are there; a split arrives in the first part.

    An example that is of no split is of the split ``base``.
    """
    changed: list[str] = []
    for name, content in request.parts():
        identifier, _, place = name.partition(".")
        if identifier not in changed:
            changed.append(identifier)
        example = records.examples.setdefault(
            identifier, {"id": identifier, "dataset_id": dataset, "created_at": _now(), "inputs": {}, "metadata": {}}
        )
        if place:
            example[place] = content
        else:
            split = content.pop("split", None) or example["metadata"].get("dataset_split", ["base"])
            example.update(content)
            example["modified_at"] = _now()
            splits = [split] if isinstance(split, str) else split
            example["metadata"] = example["metadata"] | {"dataset_split": splits}
    return _OK, {"count": len(changed), "example_ids": changed}


def _list_examples(records: Records, request: Arrived) -> Answer:
    datasets, ids, splits = (request.query.get(name, ()) for name in ("dataset", "id", "splits"))
    found = [
        one
        for one in records.examples.values()
        if (not datasets or one["dataset_id"] in datasets)
        and (not ids or one["id"] in ids)
        and (not splits or {*splits} & {*one["metadata"].get("dataset_split", ())})
    ]
    offset = int(request.query.get("offset", ("0",))[0])
    return _OK, found[offset : offset + int(request.query.get("limit", ("100",))[0])]


def _read_example(records: Records, _request: Arrived, example: str) -> Answer:
    found = records.examples.get(example)
    return (_OK, found) if found else _NO_SUCH


def _drop_examples(records: Records, request: Arrived) -> Answer:
    for identifier in request.query.get("example_ids", ()):
        records.examples.pop(identifier, None)
    return _OK, {}


def _list_splits(records: Records, _request: Arrived, dataset: str) -> Answer:
    held = (
        one["metadata"].get("dataset_split", ()) for one in records.examples.values() if one["dataset_id"] == dataset
    )
    return _OK, sorted({split for splits in held for split in splits})


def _compare(records: Records, request: Arrived) -> Answer:
    comparison = request.json() | {"tenant_id": TENANT, "modified_at": _now()}
    records.comparisons.append(comparison)
    return _OK, comparison


def _read_prompt(records: Records, _request: Arrived, _owner: str, name: str) -> Answer:
    prompt = records.prompts.get(name)
    return (_OK, {"repo": _told(prompt)}) if prompt else _NO_SUCH


def _make_prompt(records: Records, request: Arrived) -> Answer:
    wanted = request.json()
    if wanted["repo_handle"] in records.prompts:
        return HTTPStatus.CONFLICT, {"detail": "a prompt of that name exists"}
    known = {"id": str(uuid4()), "tenant_id": TENANT, "created_at": _now(), "updated_at": _now(), "owner": None}
    counts = {"num_likes": 0, "num_downloads": 0, "num_views": 0, "is_archived": False}
    prompt = records.prompts[wanted["repo_handle"]] = Prompt({**wanted, **known, **counts})
    return _OK, {"repo": _told(prompt)}


def _describe_prompt(records: Records, request: Arrived, _owner: str, name: str) -> Answer:
    prompt = records.prompts.get(name)
    if prompt is None:
        return _NO_SUCH
    prompt.fields |= request.json()
    return _OK, {"repo": _told(prompt)}


def _told(prompt: Prompt) -> Json:
    last = prompt.commits[-1].hash if prompt.commits else None
    name = prompt.fields["repo_handle"]
    return prompt.fields | {"full_name": name, "num_commits": len(prompt.commits), "last_commit_hash": last}


def _list_commits(records: Records, _request: Arrived, _owner: str, name: str) -> Answer:
    prompt = records.prompts.get(name)
    if prompt is None:
        return _NO_SUCH
    told = [{"id": one.id, "commit_hash": one.hash, "created_at": _now()} for one in reversed(prompt.commits)]
    return _OK, {"commits": told, "total": len(told)}


def _commit(records: Records, request: Arrived, _owner: str, name: str) -> Answer:
    prompt = records.prompts.get(name)
    if prompt is None:
        return _NO_SUCH
    wanted = request.json()
    last = prompt.commits[-1].hash if prompt.commits else None
    if wanted["parent_commit"] != last:
        return HTTPStatus.CONFLICT, {"detail": "somebody else committed meanwhile"}
    text = json.dumps([last, wanted["manifest"]], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    commit = PromptCommit(str(uuid4()), digest, last or "", wanted["manifest"], wanted.get("description") or "")
    prompt.commits.append(commit)
    return _OK, {"commit": {"id": commit.id, "commit_hash": commit.hash}}


def _read_commit(records: Records, request: Arrived, _owner: str, name: str) -> Answer:
    prompt = records.prompts.get(name)
    wanted = request.path.rpartition("/")[2]
    commits = prompt.commits if prompt else []
    found = [one for one in reversed(commits) if wanted == "latest" or one.hash.startswith(wanted)]
    if not found:
        return _NO_SUCH
    return _OK, {"commit_hash": found[0].hash, "manifest": found[0].manifest, "examples": []}


def _take_spans(_records: Records, _request: Arrived) -> Answer:
    """Take OpenTelemetry's protocol buffers, which stay as they are: read them from the requests."""
    return _OK, {}


def _now() -> str:
    return datetime.now(UTC).isoformat()


_ONE = r"([^/]+)"
_EXAMPLES = rf"(?:/v1)?/platform/datasets/{_ONE}/examples"
_COMMITS = rf"/commits/{_ONE}/{_ONE}"
_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", "/runs/multipart", _take_parts),
    ("POST", "/runs/batch", _take_batch),
    ("POST", "/runs/query", _query_runs),
    ("POST", r"(?:/otel)?/v1/traces", _take_spans),
    ("POST", "/feedback", _give_feedback),
    ("GET", "/settings", _tell_settings),
    ("GET", "/sessions", _list_projects),
    ("POST", "/sessions", _make_project),
    ("GET", f"/sessions/{_ONE}", _read_project),
    ("PATCH", f"/sessions/{_ONE}", _change_project),
    ("GET", "/datasets", _list_datasets),
    ("POST", "/datasets", _make_dataset),
    ("POST", "/datasets/comparative", _compare),
    ("GET", f"/datasets/{_ONE}/splits", _list_splits),
    ("PUT", f"/datasets/{_ONE}/tags", _tag_dataset),
    ("GET", f"/datasets/{_ONE}", _read_dataset),
    ("POST", _EXAMPLES, _put_examples),
    ("PATCH", _EXAMPLES, _put_examples),
    ("GET", "/examples", _list_examples),
    ("GET", rf"/examples/{_ONE}", _read_example),
    ("DELETE", "/examples", _drop_examples),
    ("POST", "/repos", _make_prompt),
    ("GET", f"/repos/{_ONE}/{_ONE}", _read_prompt),
    ("PATCH", f"/repos/{_ONE}/{_ONE}", _describe_prompt),
    ("GET", _COMMITS, _list_commits),
    ("POST", _COMMITS, _commit),
    ("GET", rf"{_COMMITS}/[^/]+", _read_commit),
)
