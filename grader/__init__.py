"""pargrade: an automated grader for parallel Python exercises.

``from grader import grade`` grades one file from Python; see :mod:`grader.api`, which is loaded only then.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in ``typing``, which costs milliseconds to import
if TYPE_CHECKING:
    from grader.api import grade as grade

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """``grade``, loaded when it is first asked for: whoever needs the version alone does not wait for the rest."""
    if name == "grade":
        from grader.api import grade

        return grade
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
