"""Facts of this machine that matter to a parallel program."""

from __future__ import annotations

import multiprocessing
import os
import platform
import subprocess
import sys
from pathlib import Path

from grader.model.grade import MachineReport

_CGROUP = Path("/sys/fs/cgroup")
SPIN_S = 0.1
_SPIN = """
import sys, time
print("ready", flush=True)
sys.stdin.read()
used = time.process_time()
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    pass
print(time.process_time() - used, flush=True)
"""


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


def attainable_speedup(processes: int, spin_s: float = SPIN_S) -> float | None:
    """How many times as fast as one process a perfectly parallel program is here just now, at most ``processes``.

    One process computes for ``spin_s`` seconds, then so many at once; the quotient of the CPU time that they get is
    returned. None where they could not be started.
    """
    alone, together = _spun(1, spin_s), _spun(processes, spin_s)
    return min(together / alone, float(processes)) if alone and together else None


def _spun(processes: int, spin_s: float) -> float:
    """CPU seconds that so many processes together get within ``spin_s``; 0 where one failed."""
    started = []
    try:
        for _ in range(processes):
            command = [sys.executable, "-I", "-S", "-c", _SPIN, str(spin_s)]
            started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        for child in started:  # all are ready before the first begins
            if child.stdout is None or child.stdout.readline() != b"ready\n":
                return 0.0
        for child in started:
            if child.stdin is not None:
                child.stdin.close()
        return sum(float(child.stdout.readline()) for child in started if child.stdout is not None)
    except (OSError, ValueError):
        return 0.0
    finally:
        for child in started:
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


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
