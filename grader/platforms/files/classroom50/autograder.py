"""Grades one submission with pargrade, for Classroom 50.

This file and all that lie beside it belong into CLASSROOM/autograders/ASSIGNMENT. The runner starts it in the student's
checkout, of which nothing is imported: every Python here is isolated (-I).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Install the grader that lies here into a new environment, and run it."""
    with tempfile.TemporaryDirectory(prefix="pargrade-") as folder:
        Path(folder).chmod(0o755)  # in a container a student's program runs as another user, with this interpreter
        environment = Path(folder, "environment")
        python = str(environment / "bin" / "python")
        settings = str(HERE / "pargrade.toml")
        for isolated in (
            [sys.executable, "-I", "-m", "venv", "--without-pip", str(environment)],
            [sys.executable, "-I", "-m", "pip", "--python", python, "install", *packages()],
            [python, "-I", "-m", "grader", "platform", "classroom50", "run", "--settings", settings],
        ):
            code = subprocess.run(isolated, check=False).returncode
            if code != 0:
                print(f"autograder.py: {isolated[3]} ended with exit code {code}", file=sys.stderr)
                return code
    return 0


def packages() -> list[str]:
    """What pip is told: exact versions, and no network where all wheels lie here."""
    wheels = HERE / "wheels"
    offline = ["--no-index", "--find-links", str(wheels)] if (wheels / "PYTHON").exists() else []
    own = [str(path) for path in wheels.glob("pargrade-*.whl")]
    quiet = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    return [*quiet, *offline, "--constraint", str(HERE / "constraints.txt"), *own]


if __name__ == "__main__":
    sys.exit(main())
