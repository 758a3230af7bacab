"""The checks: each decides one question from the evidence. The table of kinds is here."""

from __future__ import annotations

from grader.checks.asynchronous import Asynchronous
from grader.checks.base import Check
from grader.checks.chunk_balance import ChunkBalance
from grader.checks.chunksize import ChunkSize
from grader.checks.counts import Counts
from grader.checks.main_guard import MainGuard
from grader.checks.output import Output
from grader.checks.pool_map import PoolMap
from grader.checks.results import Results
from grader.checks.runs import Runs
from grader.checks.speedup import Speedup
from grader.checks.two_maps import TwoMaps
from grader.checks.workers import Workers
from grader.registry import Registry

_BUILTIN: tuple[type[Check], ...] = (
    Runs,
    MainGuard,
    Counts,
    Output,
    PoolMap,
    ChunkSize,
    ChunkBalance,
    Workers,
    Speedup,
    Results,
    TwoMaps,
    Asynchronous,
)

CHECKS: Registry[type[Check]] = Registry("check", "pargrade.checks", {check.kind: check for check in _BUILTIN})
