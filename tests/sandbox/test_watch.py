from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading
from pathlib import Path

from awm_langgraph.sandbox.watch import Allowance, excess

PLENTY = Allowance(disk_bytes=10**9, files=1000, threads=10**6, written_bytes=10**15)


def test_what_keeps_to_its_allowance_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 10_000)

    assert excess(os.getpid(), str(tmp_path), PLENTY) == ""


def test_too_much_disk_and_too_many_files_are_seen_however_deep(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"x" * 100_000)

    assert "bytes of disk" in excess(
        os.getpid(), str(tmp_path), Allowance(disk_bytes=50_000, threads=10**6, written_bytes=10**15)
    )
    assert "files" in excess(
        os.getpid(), str(tmp_path), Allowance(disk_bytes=10**9, files=2, threads=10**6, written_bytes=10**15)
    )


def test_files_with_holes_count_for_what_they_take(tmp_path: Path) -> None:
    with open(tmp_path / "holes", "wb") as file:
        file.truncate(10**12)

    assert excess(os.getpid(), str(tmp_path), PLENTY) == ""


def test_too_many_threads_are_seen(tmp_path: Path) -> None:
    gate = threading.Event()
    threads = [threading.Thread(target=gate.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        assert "threads" in excess(
            os.getpid(), str(tmp_path), Allowance(disk_bytes=10**9, threads=4, written_bytes=10**15)
        )
    finally:
        gate.set()
        for thread in threads:
            thread.join()


def test_too_much_writing_is_seen_wherever_it_went(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stderr.write('x' * 300_000); print(); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert writer.stdout
    writer.stdout.readline()

    much, plenty = (Allowance(disk_bytes=10**9, written_bytes=bytes_) for bytes_ in (300_000, 10**9))
    found = [excess(writer.pid, str(tmp_path), allowance) for allowance in (much, plenty)]

    writer.communicate()
    assert found == ["more than 300000 bytes of writing", ""]


def test_a_process_and_a_folder_that_are_gone_have_too_much_of_nothing(tmp_path: Path) -> None:
    no_process = 2**22 + 1

    assert excess(no_process, str(tmp_path / "gone"), Allowance(disk_bytes=0, files=0)) == ""


def test_files_without_a_name_count_while_they_are_open_or_mapped(tmp_path: Path) -> None:
    allowance = Allowance(disk_bytes=400_000, threads=10**6, written_bytes=10**15)
    hoard = [open(tmp_path / f"{number}", "w+b") for number in range(5)]  # noqa: SIM115 - closed below, one by one
    for file in hoard:
        file.write(bytes(100_000))
        file.flush()
        os.unlink(file.name)

    assert "bytes of disk" in excess(os.getpid(), str(tmp_path), allowance)

    for file in hoard:
        file.close()
    assert excess(os.getpid(), str(tmp_path), allowance) == ""


def test_memory_that_is_mapped_and_shared_counts_as_disk(tmp_path: Path) -> None:
    allowance = Allowance(disk_bytes=400_000, threads=10**6, written_bytes=10**15)
    with mmap.mmap(-1, 1_000_000) as mapped:
        mapped.write(bytes(1_000_000))
        assert "bytes of disk" in excess(os.getpid(), str(tmp_path), allowance)
