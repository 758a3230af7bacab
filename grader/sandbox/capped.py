"""A sandbox on a small machine: no run may use more memory than there is, whatever its exercise allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.model.run import Guarantees, Observation, RunRequest, Sandbox


@dataclass(frozen=True)
class CappedSandbox:
    """The sandbox inside, with at most ``memory_bytes`` for each run over its whole process tree."""

    inside: Sandbox
    memory_bytes: int

    def run(self, request: RunRequest) -> Observation:
        """Run with the smaller of the two limits.

        Raises:
            SandboxError: As the sandbox inside.
        """
        least = min(self.memory_bytes, request.limits.memory_bytes)
        return self.inside.run(replace(request, limits=replace(request.limits, memory_bytes=least)))

    def guarantees(self) -> Guarantees:
        """Those of the sandbox inside."""
        return self.inside.guarantees()
