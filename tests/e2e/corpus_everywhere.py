"""Grades the whole corpus in one sandbox under one start method, and prints what is not as noted.

    python -m tests.e2e.corpus_everywhere SANDBOX METHOD [PART OF A NAME]

The test suite grades the corpus in ``practice``; this is for the sandboxes with walls, each of which takes minutes.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from grader.sandbox import choose_sandbox
from grader.testing import grade_file
from tests.e2e.corpus_reader import Program, mismatches, programs

AT_ONCE = 2


def main(backend: str, method: str, part: str = "") -> int:
    """Print a line for each difference; 1 where there is any."""
    sandbox = choose_sandbox(backend)
    wanted = [program for program in programs() if part in str(program)]

    def differences(program: Program) -> list[str]:
        grade = grade_file(program.path, exercise=program.exercise, start_method=method, sandbox=sandbox)
        return mismatches(program, method, grade)

    wrong = 0
    with ThreadPoolExecutor(AT_ONCE) as lanes:
        for program, found in zip(wanted, lanes.map(differences, wanted), strict=True):
            wrong += bool(found)
            for line in found:
                print(f"{program}: {line}", flush=True)
    print(f"{backend} {method}: {len(wanted)} programs, {wrong} not as noted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
