from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Confined = Callable[..., Any]


def test_a_confined_process_reads_its_library_and_writes_its_own_folder_and_nothing_else(
    confined: Confined, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")

    answer = confined(
        """
        confine(policy, "strict")
        import colorsys
        answer = [
            attempt(open("own.txt", "w").write, "x"),
            attempt(open, "../secret"),
            attempt(open, "../new", "w"),
            attempt(open, "/etc/passwd"),
            attempt(os.listdir, ".."),
            attempt(os.mkdir, "../new"),
            attempt(os.rename, "own.txt", "../stolen.txt"),
            attempt(os.unlink, "../secret"),
        ]
        """
    )

    assert answer[0] == "1"
    assert set(answer[1:-3]) == {"PermissionError"}
    assert all("Error" in attempt for attempt in answer[-3:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "secret"]


def test_a_confined_process_has_no_network_no_processes_and_no_signals(confined: Confined) -> None:
    answer = confined(
        """
        import signal, socket, subprocess
        parent = os.getppid()
        confine(policy, "strict")
        answer = [
            attempt(socket.socket),
            attempt(socket.socket, socket.AF_UNIX),
            attempt(os.fork),
            attempt(os.execv, "/bin/true", ["true"]),
            attempt(subprocess.run, ["true"]),
            attempt(os.kill, parent, 0),
            attempt(signal.pidfd_send_signal, 0, 0),
        ]
        """
    )

    assert answer == ["PermissionError"] * 7


def test_threads_socket_pairs_and_event_loops_still_work(confined: Confined) -> None:
    answer = confined(
        """
        import asyncio
        confine(policy, "strict")
        answer = asyncio.run(asyncio.to_thread(lambda: sum(range(10))))
        """
    )

    assert answer == 45


def test_changes_of_mode_and_time_are_pretended(confined: Confined) -> None:
    answer = confined(
        """
        confine(policy, "strict")
        open("file", "w").close()
        before = os.stat("file")
        done = [attempt(os.chmod, "file", 0o777), attempt(os.utime, "file", (1, 1))]
        after = os.stat("file")
        answer = [done, before.st_mode == after.st_mode, before.st_mtime_ns == after.st_mtime_ns]
        """
    )

    assert answer == [["None", "None"], True, True]


def test_descriptors_are_closed_but_for_those_to_keep(confined: Confined) -> None:
    reader, writer = os.pipe()
    try:
        answer = confined(
            f"""
            confine(policy, "strict", keep=[{writer}])
            answer = [attempt(os.fstat, {reader}), attempt(os.write, {writer}, b"x")]
            """,
            pass_fds=[reader, writer],
        )
    finally:
        os.close(reader)
        os.close(writer)

    assert answer == ["OSError", "1"]


def test_memory_files_and_descriptors_are_bounded(confined: Confined) -> None:
    answer = confined(
        """
        confine(policy, "strict")
        def fill():
            with open("big", "wb") as file:
                file.truncate(policy.file_bytes + 1)
        answer = [
            attempt(bytearray, policy.memory_bytes),
            attempt(fill),
            attempt(lambda: [os.open("/dev/null", os.O_RDONLY) for _ in range(policy.open_files)]),
        ]
        """
    )

    assert answer == ["MemoryError", "OSError", "OSError"]


def test_root_keeps_no_capability_and_nobody_can_gain_one(confined: Confined) -> None:
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _confined_program("print(os.getpid(), flush=True); sys.stdin.read()")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    child.stdout.readline()
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{child.pid}/status").read_text().splitlines())
    child.communicate("")

    assert (int(status["CapEff"], 16), int(status["CapPrm"], 16)) == (0, 0)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_a_process_with_threads_is_not_confined_but_refused(confined: Confined) -> None:
    answer = confined(
        """
        import threading
        gate = threading.Event()
        threading.Thread(target=gate.wait).start()
        answer = attempt(confine, policy, "strict")
        gate.set()
        """
    )

    assert answer == "OSError"


def test_a_kernel_that_refuses_is_an_error_under_strict(confined: Confined) -> None:
    # Once confined, a process can neither use Landlock nor set a filter: to it, its kernel is an old one.
    answer = confined(
        """
        confine(policy, "strict")
        probe.cache_clear()
        answer = [attempt(confine, policy, "strict"), probe().missing]
        """
    )

    assert answer[0] == "OSError"
    assert [word.split()[0] for word in answer[1]] == ["Landlock", "seccomp"]


def test_the_level_off_only_closes_descriptors_and_sets_limits(confined: Confined, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")

    answer = confined(
        """
        import resource
        confine(policy, "off")
        answer = [open("../secret").read(), resource.getrlimit(resource.RLIMIT_FSIZE)[0] == policy.file_bytes]
        """
    )

    assert answer == ["secret", True]


def test_a_confined_process_ends_with_its_parent(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as ending:
        parent = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _parent_program(writer)], stdout=subprocess.PIPE, pass_fds=[writer]
        )
        os.close(writer)
        assert parent.stdout
        assert parent.stdout.read(1) == b"+"

        parent.kill()
        parent.communicate()

        # The child holds the only other end of the pipe: its end is the child's.
        assert select.select([ending], [], [], 60)[0] == [ending]
        assert ending.read() == b""


def test_a_child_whose_parent_has_gone_is_refused(confined: Confined) -> None:
    answer = confined("answer = attempt(lambda: confine(policy, 'strict', parent_pid=1))")

    assert answer == "ProcessLookupError"


def test_a_server_of_http_accepts_and_answers_and_calls_nobody(confined: Confined) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"ping")
            answer = confined(
                f"""
                import socket
                listener = socket.socket(fileno={listener.fileno()})
                confine(policy, "strict", keep=[{listener.fileno()}])
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(connection.recv(10)[::-1])
                listener.shutdown(socket.SHUT_RDWR)
                answer = [
                    attempt(socket.create_connection, ("127.0.0.1", {port})),
                    attempt(listener.connect, ("127.0.0.1", {port})),
                    attempt(listener.sendto, b"x", socket.MSG_FASTOPEN, ("127.0.0.1", {port})),
                    attempt(listener.sendmsg, [b"x"], [], socket.MSG_FASTOPEN, ("127.0.0.1", {port})),
                ]
                listener.detach()
                """,
                policy="http_scenario_policy",
                pass_fds=[listener.fileno()],
            )
            assert client.recv(10) == b"gnip"
        other.setblocking(False)
        heard = False
        with suppress(BlockingIOError):
            other.accept()
            heard = True

    assert answer == ["PermissionError"] * 4
    assert not heard


def _confined_program(after: str) -> str:
    return f"""
import os, sys, tempfile
sys.path.append({_package_root()!r})
from pathlib import Path
from awm_langgraph.sandbox import confine, verifier_policy
confine(verifier_policy(Path(tempfile.gettempdir()), 30), "strict")
{after}
"""


def _parent_program(writer: int) -> str:
    return f"""
import os, sys, tempfile, time
sys.path.append({_package_root()!r})
from pathlib import Path
from awm_langgraph.sandbox import confine, verifier_policy
parent = os.getpid()
if os.fork() == 0:
    confine(verifier_policy(Path(tempfile.gettempdir()), 30), "strict", keep=[{writer}], parent_pid=parent)
    os.write(1, b"+")
    time.sleep(600)  # until its parent is gone
os.close({writer})
time.sleep(600)  # until it is killed
"""


def _package_root() -> str:
    import awm_langgraph

    return str(Path(awm_langgraph.__file__).parents[1])
