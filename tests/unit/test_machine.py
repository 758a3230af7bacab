"""Facts of the machine: the CPU quota of control groups, in both versions and all nestings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.timing.machine import machine_report, quota_cores, usable_cores


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "cgroup"
    folder.mkdir()
    return folder


@pytest.fixture
def membership(tmp_path: Path) -> Path:
    return tmp_path / "self-cgroup"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_without_control_groups_there_is_no_quota(root: Path, membership: Path) -> None:
    assert quota_cores(root, membership) is None


def test_without_a_folder_there_is_no_quota(tmp_path: Path) -> None:
    assert quota_cores(tmp_path / "missing", tmp_path / "missing-too") is None


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("200000 100000\n", 2.0),
        ("50000 100000\n", 0.5),
        ("150000 100000", 1.5),
        ("max 100000\n", None),
        ("", None),
        ("200000\n", None),
        ("-1 100000\n", None),
        ("200000 0\n", None),
        ("nonsense here\n", None),
        ("1 2 3\n", None),
    ],
)
def test_version_2_tells_quota_and_period_in_one_file(
    root: Path, membership: Path, text: str, cores: float | None
) -> None:
    write(root, cpu__max=text)

    assert quota_cores(root, membership) == cores


@pytest.mark.parametrize("folder", ["", "cpu", "cpu,cpuacct"])
def test_version_1_tells_them_in_two_files(root: Path, membership: Path, folder: str) -> None:
    write(root / folder, cpu__cfs_quota_us="300000\n", cpu__cfs_period_us="100000\n")

    assert quota_cores(root, membership) == 3.0


@pytest.mark.parametrize("quota", ["-1\n", "", "none"])
def test_version_1_without_a_quota_has_none(root: Path, membership: Path, quota: str) -> None:
    write(root / "cpu", cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000\n")

    assert quota_cores(root, membership) is None


def test_version_1_with_one_file_missing_has_none(root: Path, membership: Path) -> None:
    write(root / "cpu", cpu__cfs_quota_us="100000\n")

    assert quota_cores(root, membership) is None


def test_the_tightest_level_of_a_nested_group_counts(root: Path, membership: Path) -> None:
    membership.write_text("0::/user/session/job\n")
    write(root, cpu__max="max 100000")
    write(root / "user", cpu__max="150000 100000")
    write(root / "user" / "session", cpu__max="max 100000")
    write(root / "user" / "session" / "job", cpu__max="400000 100000")

    assert quota_cores(root, membership) == 1.5


def test_a_nested_group_of_version_1_is_found_below_its_controllers(root: Path, membership: Path) -> None:
    membership.write_text("7:memory:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n")
    write(root / "cpu,cpuacct" / "docker" / "abc", cpu__cfs_quota_us="25000", cpu__cfs_period_us="100000")

    assert quota_cores(root, membership) == 0.25


def test_groups_of_others_do_not_count(root: Path, membership: Path) -> None:
    membership.write_text("0::/mine\n")
    write(root / "theirs", cpu__max="10000 100000")

    assert quota_cores(root, membership) is None


@pytest.mark.parametrize("text", ["0::/\n", "0::\n", "0::/../outside\n"])
def test_odd_memberships_are_read(root: Path, membership: Path, text: str) -> None:
    membership.write_text(text)
    write(root, cpu__max="200000 100000")

    assert quota_cores(root, membership) == 2.0


def test_a_membership_file_of_another_form_is_no_reason_to_fail(root: Path, membership: Path) -> None:
    membership.write_text("\nnonsense\n")

    assert quota_cores(root, membership) is None


def test_usable_cores_are_those_of_the_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)

    assert usable_cores() == 3


def test_without_an_affinity_all_cores_are_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)

    assert usable_cores() == 1


def test_the_report_of_this_machine_is_whole() -> None:
    report = machine_report()

    assert report.cores >= 1
    assert report.processor
    assert report.start_method in ("fork", "spawn", "forkserver")
