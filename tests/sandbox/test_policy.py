from __future__ import annotations

import os
import sysconfig
from pathlib import Path

from awm_langgraph.sandbox import http_scenario_policy, scenario_policy, verifier_policy


def _covers(paths: tuple[str, ...], path: str) -> bool:
    real = os.path.realpath(path)
    return any(real == kept or real.startswith(kept + os.sep) for kept in paths)


def test_a_verifier_has_the_standard_library_and_its_own_folder(tmp_path: Path) -> None:
    policy = verifier_policy(tmp_path, 30)

    assert _covers(policy.read_paths, os.__file__)
    assert set(policy.write_paths) == {str(tmp_path), os.devnull}
    assert not any(
        _covers(policy.read_paths, path) for path in ("/etc/passwd", str(tmp_path), os.getcwd(), "/proc", "/")
    )
    assert not policy.is_server


def test_a_server_has_the_installed_packages_too(tmp_path: Path) -> None:
    policy = scenario_policy(tmp_path)

    assert _covers(policy.read_paths, sysconfig.get_path("purelib"))
    assert _covers(policy.read_paths, http_scenario_policy.__code__.co_filename)
    assert http_scenario_policy(tmp_path).is_server
    assert http_scenario_policy(tmp_path).read_paths == policy.read_paths


def test_no_path_lies_beneath_another(tmp_path: Path) -> None:
    paths = scenario_policy(tmp_path).read_paths

    assert [path for path in paths if any(path.startswith(other + os.sep) for other in paths)] == []
