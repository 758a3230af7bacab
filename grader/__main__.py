"""``python -m grader`` does what ``grade`` does.

Prefer ``grade``: Python puts the current folder first on the path here, so that a student's own
``random.py`` in it would be imported in place of the standard one.
"""

from __future__ import annotations

from grader.cli.main import run

if __name__ == "__main__":
    run()
