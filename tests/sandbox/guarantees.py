"""Tries all attacks in every sandbox there is here, and writes down which held: in ``held.json`` and in the docs.

    python tests/sandbox/guarantees.py            try again: as root, in some minutes
    python tests/sandbox/guarantees.py --as "a user"   only as this one
    python tests/sandbox/guarantees.py --tables   only write the tables again from what was held

``docs/security.md`` and ``README.md`` quote it between marks; a test compares them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import indent
from xml.etree import ElementTree  # what our own pytest wrote

from grader.model.run import Guarantee, Sandbox
from grader.sandbox.jail import JailSandbox
from grader.sandbox.landlock import LandlockSandbox
from grader.sandbox.practice import PracticeSandbox
from grader.sandbox.uid import UidSandbox
from tests.sandbox.attack_list import attack_programs, where_tried

CHECKOUT = Path(__file__).resolve().parents[2]
HELD = Path(__file__).with_name("held.json")
NOBODY = 65534
JOBS = "2"
SETTINGS = {
    "root": ("jail", "uid"),
    "a user": ("jail", "landlock", "landlock-as-of-linux-6.7"),
    "root in a container": ("uid",),
    "a user in a container": ("landlock",),
}
"""Who grades, and the sandboxes that are tried then."""
SANDBOXES: dict[str, Callable[[], Sandbox]] = {
    "jail": JailSandbox,
    "uid": UidSandbox,
    "landlock": LandlockSandbox,
    "practice": PracticeSandbox,
}
OF_GUARANTEES: Mapping[Guarantee, tuple[int, ...]] = {
    Guarantee.FILES: (*range(1, 18), 100, 107, 111, 121, 128),
    Guarantee.NETWORK: (*range(35, 43),),
    Guarantee.GRADER_SAFETY: (18, 20, 21, 22, 23, 43, 44, 106, 112, 117, 118, 126),
    Guarantee.KILL: (19, 24, 25, 26, 103, 105, 109, 110, 115),
    Guarantee.LIMITS: (*range(46, 57), 97, 98, 99, 100, 101, 102, 104, 108, 113, 114, 124),
    Guarantee.PROCESS_LIMIT: (27, 46, 104, 105, 113),
    Guarantee.PROCESS_TABLE: (27, 30, 31, 105, 115, 116, 129),
}
"""The attacks that have to fail for a guarantee."""

Held = dict[str, list[int]]
"""For each sandbox and who grades, the numbers of the attacks that failed there."""


def names() -> list[str]:
    """All columns: a sandbox, and who grades."""
    return [f"{backend}, {who}" for who, backends in SETTINGS.items() for backend in backends]


def numbers_tried() -> list[int]:
    """The attacks that are tried in every sandbox."""
    everywhere = {number for attack in attack_programs() for number in attack.numbers}
    return sorted(everywhere | {n for n, files in where_tried().items() if "sandbox/test_attacks.py" in files})


def held() -> Held:
    """What was written down."""
    if not HELD.exists():
        return {}
    return {name: list(numbers) for name, numbers in json.loads(HELD.read_text(encoding="utf-8")).items()}


# -- trying --------------------------------------------------------------------------------------


def try_all() -> Held:
    """Run the attacks for everyone who may grade; an attack held where all tests that bear its number passed."""
    found: Held = {}
    for who in SETTINGS:
        found |= try_as(who)
    return found


def try_as(who: str) -> Held:
    """The same for one of them."""
    with tempfile.TemporaryDirectory(prefix="held-") as folder:
        Path(folder).chmod(0o777)
        result = Path(folder) / "result.xml"
        _run(who, result)
        outcomes = read_outcomes(result)
    return {
        f"{backend}, {who}": sorted(number for number, failed in outcomes[backend].items() if failed)
        for backend in SETTINGS[who]
    }


def _run(who: str, result: Path) -> None:
    from tests.sandbox.test_container import RUN, what_python_needs
    from tests.sandbox.test_ordinary_user import as_nobody, interpreter_for_everyone

    attacks = str(CHECKOUT / "tests" / "sandbox" / "test_attacks.py")
    options = ["-q", "-n", JOBS, "-p", "no:cacheprovider", "-p", "no:randomly"]
    options += [f"--junitxml={result}", "-o", "junit_family=xunit1", attacks]
    if "container" in who:
        user = "0" if who.startswith("root") else str(NOBODY)
        shown = [option for path in what_python_needs() for option in ("--show", path)]
        write = ["--write", str(result.parent)]
        command = [sys.executable, str(RUN), "--user", user, *shown, *write, sys.executable]
        subprocess.run([*command, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), *options], check=False)
    elif who == "root":
        subprocess.run([sys.executable, "-m", "pytest", *options], check=False, cwd=CHECKOUT)
    else:
        python = interpreter_for_everyone() or sys.executable
        packages = Path(sys.modules["pytest"].__file__ or "").parents[1]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": f"{CHECKOUT}:{packages}"}
        said = as_nobody(python, "-B", "-m", "pytest", *options, env=environment, cwd=CHECKOUT).stdout
        sys.stdout.write(said[-3000:])


def read_outcomes(result: Path) -> Mapping[str, Mapping[int, bool]]:
    """For each sandbox, whether each attack failed in all tests, from pytest's JUnit file."""
    found: dict[str, dict[int, bool]] = defaultdict(dict)
    for case in ElementTree.parse(result).iter("testcase"):
        bears = [item.get("value", "") for item in case.iter("property") if item.get("name") == "attacks"]
        inside = re.search(r"\[(.+)\]", case.get("name", ""))
        if not bears or inside is None:
            continue
        programs = sorted((str(attack) for attack in attack_programs()), key=len, reverse=True)
        ending = next((f"-{name}" for name in programs if inside[1].endswith(f"-{name}")), "")
        backend = inside[1].removesuffix(ending)
        passed = all(case.find(kind) is None for kind in ("failure", "error", "skipped"))
        for number in map(int, bears[0].split(", ")):
            found[backend][number] = found[backend].get(number, True) and passed
    return found


# -- telling -------------------------------------------------------------------------------------


def tables(found: Held) -> dict[str, str]:
    """What the docs quote, by the name of its mark."""
    return {
        "guarantees": _guarantees(found),
        "attacks": _attacks(found),
        "count": f"{len(where_tried())} attacks, {len(numbers_tried())} of them in each of "
        f"{len(found)} settings of sandbox and user.",
    }


def _guarantees(found: Held) -> str:
    lines = ["| | " + " | ".join(f"`{name}`" for name in SANDBOXES) + " |", "|---" * (len(SANDBOXES) + 1) + "|"]
    notes: list[str] = []
    for guarantee, attacks in OF_GUARANTEES.items():
        cells = [_cell(name, guarantee, attacks, found, notes) for name in SANDBOXES]
        lines.append(f"| `{guarantee}` | " + " | ".join(cells) + " |")
    lines += ["| macOS, Windows | not tested here | not tested here | not tested here | not tested here |", ""]
    return "\n".join([*lines, *(f"{index}. {note}" for index, note in enumerate(notes, 1))])


def _cell(name: str, guarantee: Guarantee, attacks: Iterable[int], found: Held, notes: list[str]) -> str:
    known = SANDBOXES[name]().guarantees()
    word = "given" if guarantee in known.given else "no"
    if guarantee in known.gaps:
        note = f"{known.gaps[guarantee]}"
        notes.extend([note] if note not in notes else [])
        word += f" ({notes.index(note) + 1})"
    columns = {column: set(numbers) for column, numbers in found.items() if column.startswith(f"{name}")}
    tried = [number for number in attacks if number in numbers_tried()]
    open_here = sorted({number for numbers in columns.values() for number in tried if number not in numbers})
    if not columns:
        return word
    return f"{word}; {len(tried)} attacks" + (f", open: {', '.join(map(str, open_here))}" if open_here else "")


def _attacks(found: Held) -> str:
    lines = ["| attacks | what is tried | open in |", "|---|---|---|"]
    for attack in sorted(attack_programs(), key=lambda attack: attack.numbers):
        open_in = [name for name, numbers in found.items() if not set(attack.numbers) <= set(numbers)]
        numbers = ", ".join(map(str, attack.numbers))
        lines.append(f"| {numbers} | {attack.what} | {'; '.join(open_in) or '–'} |")
    return "\n".join(lines)


def with_tables(text: str, found: Held) -> str:
    """A page with what stands between its marks written again."""
    for name, table in tables(found).items():
        start, end = f"<!-- {name}: tests/sandbox/guarantees.py -->", f"<!-- end of {name} -->"
        between = re.compile(f"( *){re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        text = between.sub(lambda old, new=f"{start}\n{table}\n{end}": indent(new, old[1]), text)
    return text


PAGES = (CHECKOUT / "docs" / "security.md", CHECKOUT / "README.md")


def main() -> int:
    """Try, where asked to, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", action="store_true", help="only write the tables again")
    parser.add_argument("--as", dest="who", choices=SETTINGS, help="try again as this one only")
    asked = parser.parse_args()
    if not asked.tables:
        found = held() | try_as(asked.who) if asked.who else try_all()
        HELD.write_text(json.dumps({name: found.get(name, []) for name in names()}) + "\n", encoding="utf-8")
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), held()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
