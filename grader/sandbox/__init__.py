"""Where student code runs: backends behind the one seam ``grader.model.run.Sandbox``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from grader.errors import GuaranteeMissing
from grader.model.run import REQUIRED_FOR_GRADED, Sandbox
from grader.registry import Registry
from grader.sandbox.choice import best_sandbox, demanded_sandbox, walled_backends
from grader.sandbox.practice import PracticeSandbox

BEST = "best"
"""The name under which the strongest backend that holds on this machine is asked for."""

BACKENDS: Registry[Callable[[], Sandbox]] = Registry(
    "sandbox",
    "pargrade.sandboxes",
    {
        PracticeSandbox.name: PracticeSandbox,
        BEST: lambda: best_sandbox().sandbox,
        **{name: partial(demanded_sandbox, name) for name in walled_backends()},
    },
)


def choose_sandbox(name: str | None = None) -> Sandbox:
    """The backend with this name; without a name the strongest that holds here, ``practice`` where none does.

    Raises:
        UnknownName: There is no such backend.
        SandboxError: The backend with this name does not work here.
    """
    return BACKENDS.get(name or BEST)()


def demand_guarantees(sandbox: Sandbox) -> None:
    """Refuse to go on without the guarantees that grading untrusted code needs.

    Raises:
        GuaranteeMissing: Names each missing guarantee and why it is missing.
    """
    known = sandbox.guarantees()
    missing = [guarantee for guarantee in REQUIRED_FOR_GRADED if guarantee not in known.given]
    if missing:
        reasons = "\n".join(f"  - {guarantee}: {known.gaps.get(guarantee, 'not given')}" for guarantee in missing)
        raise GuaranteeMissing(
            f"Graded mode needs guarantees that the sandbox {known.backend!r} does not give here:\n{reasons}",
            "Install bubblewrap, or see docs/security.md; to grade your own code leave out --graded.",
        )
