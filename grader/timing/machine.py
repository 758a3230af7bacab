"""Facts of this machine that matter to a parallel program."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
from pathlib import Path

from grader.model.grade import MachineReport

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Cores this process may run on, by its affinity where the system has one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota_cores(root: Path = _CGROUP, membership: Path = Path("/proc/self/cgroup")) -> float | None:
    """The CPU quota of the control group in cores, the tightest of all levels, or None where there is none.

    Version 2 has ``cpu.max`` ("QUOTA PERIOD" in microseconds, or "max"), version 1 the files
    ``cpu.cfs_quota_us`` (-1 for none) and ``cpu.cfs_period_us``.
    """
    found = [quota for folder in _group_folders(root, membership) if (quota := _quota_in(folder)) is not None]
    return min(found, default=None)


def _group_folders(root: Path, membership: Path) -> list[Path]:
    """The folders of this process's groups and of all groups above them."""
    folders = [root, root / "cpu", root / "cpu,cpuacct"]
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return folders
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        base = root if controllers == "" else root / controllers
        parts = Path(path).relative_to("/").parts if path.startswith("/") else ()
        folders += [base.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]
    return folders


def _quota_in(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        except OSError:
            return None
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return None
    return int(quota) / int(period)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine_report() -> MachineReport:
    """What this machine is, for the receipt."""
    return MachineReport(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=usable_cores(),
        quota_cores=quota_cores(),
        python=".".join(map(str, sys.version_info[:3])),
        start_method=multiprocessing.get_all_start_methods()[0],
        load_1m=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )
