from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.model.facts import Place, SourceFacts

Read = Callable[[str | bytes], SourceFacts]

HEAD = """\
import logging, re
from concurrent.futures import ProcessPoolExecutor
def f(x): return x
def main():
    with ProcessPoolExecutor() as pool:
        pool.map(f, [1])
"""

GUARDS = {
    "plain": 'if __name__ == "__main__":\n    main()',
    "turned-round": 'if "__main__" == __name__:\n    main()',
    "in-tuple": 'if __name__ in ("__main__",):\n    main()',
    "negated": 'if __name__ != "__main__":\n    pass\nelse:\n    main()',
    "not": 'if not __name__ == "__main__":\n    pass\nelse:\n    main()',
    "and-more": 'if __name__ == "__main__" and True:\n    main()',
    "nested-in-try": 'try:\n    if __name__ == "__main__":\n        main()\nfinally:\n    pass',
    "with-work-inside": ('if __name__ == "__main__":\n    with ProcessPoolExecutor() as p:\n        p.map(f, [1])'),
}


@pytest.mark.parametrize("source", GUARDS.values(), ids=GUARDS)
def test_behind_a_main_guard_nothing_runs_at_import(read: Read, source: str) -> None:
    facts = read(HEAD + source)

    assert facts.main_guard is not None
    assert facts.work_at_import == ()
    assert not any(pool.at_import for pool in facts.pools)


NO_GUARDS = {
    "other-name": 'if __name__ == "__mp_main__":\n    main()',
    "assignment": 'name = "__main__"\nif name == "__main__":\n    main()',
    "else-branch": 'if __name__ == "__main__":\n    pass\nelse:\n    main()',
    "or-more": 'if __name__ == "__main__" or True:\n    main()',
    "after": 'if __name__ == "__main__":\n    pass\nmain()',
    "none": "main()",
    "in-loop": "for i in range(2):\n    main()",
    "in-try": "try:\n    main()\nexcept Exception:\n    pass",
    "in-if": "if True:\n    main()",
    "in-with": "with open('x'):\n    main()",
    "in-while": "while True:\n    main()",
    "in-class": "class A:\n    main()",
    "in-comprehension": "[main() for i in range(2)]",
    "as-default": "def g(x=main()): pass",
    "as-argument": "print(main())",
}


@pytest.mark.parametrize("source", NO_GUARDS.values(), ids=NO_GUARDS)
def test_a_call_of_an_own_function_outside_the_guard_is_work_at_import(read: Read, source: str) -> None:
    facts = read(HEAD + source)

    assert [work.name for work in facts.work_at_import] == ["main"]


def test_a_pool_at_top_level_and_its_calls_are_work_at_import(read: Read) -> None:
    facts = read(HEAD + "with ProcessPoolExecutor() as pool:\n    pool.map(f, [1])\n")

    assert [(work.name, work.place) for work in facts.work_at_import] == [
        ("ProcessPoolExecutor", Place(line=7, column=5)),
        ("pool.map", Place(line=8, column=4)),
    ]
    assert [pool.at_import for pool in facts.pools] == [False, True]


NO_WORK = {
    "constant": "N = 2 * 3",
    "pattern": "PATTERN = re.compile('[a-z]+')",
    "logging": "logging.basicConfig()",
    "function": "def g():\n    main()",
    "lambda": "g = lambda: main()",
    "method": "class A:\n    def go(self):\n        main()",
    "decorator": "def twice(n):\n    return lambda g: g\n@twice(2)\ndef g(): pass",
    "plain-object": "class A:\n    def __init__(self): self.x = 1\na = A()",
    "guard-inside-the-function": 'def go():\n    if __name__ == "__main__":\n        main()\ngo()',
}


@pytest.mark.parametrize("source", NO_WORK.values(), ids=NO_WORK)
def test_what_starts_no_work_at_import(read: Read, source: str) -> None:
    facts = read(HEAD + source)

    assert facts.work_at_import == ()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class A:\n    def __init__(self): self.p = ProcessPoolExecutor()\na = A()", ["A"]),
        ("class A:\n    def __init__(self): main()\na = A()", ["A"]),
        ("class A:\n    def go(self): main()\nA().go()", ["A().go"]),
    ],
    ids=["pool-in-constructor", "work-behind-constructor", "method"],
)
def test_work_behind_an_object_is_work_at_import(read: Read, source: str, names: list[str]) -> None:
    facts = read(HEAD + source)

    assert [work.name for work in facts.work_at_import] == names


def test_the_guard_has_its_place(read: Read) -> None:
    facts = read('x = 1\n\nif __name__ == "__main__":\n    pass\n')

    assert facts.main_guard == Place(line=3, column=0)


def test_without_a_guard_there_is_none(read: Read) -> None:
    facts = read(HEAD)

    assert facts.main_guard is None


NEVER = {
    "misspelt": 'if __name__ == "__main":\n    main()',
    "without-underscores": 'if "main" == __name__:\n    main()',
    "quoted-name": 'if "__name__" == "__main__":\n    main()',
    "other-branch": 'if __name__ != "main":\n    pass\nelse:\n    main()',
}


@pytest.mark.parametrize("source", NEVER.values(), ids=NEVER)
def test_below_a_condition_that_is_never_true_nothing_runs_at_import(read: Read, source: str) -> None:
    facts = read(HEAD + source)

    assert facts.main_guard is None
    assert facts.work_at_import == ()
    assert [guard.place.line for guard in facts.guard_like] == [HEAD.count("\n") + 1]


def test_below_a_condition_that_is_always_true_work_runs_at_import(read: Read) -> None:
    facts = read(HEAD + 'if __name__ != "main":\n    main()')

    assert [(guard.written, guard.always) for guard in facts.guard_like] == [("__name__ != 'main'", True)]
    assert facts.work_at_import != ()


NOT_LIKE_GUARDS = {
    "right": 'if __name__ == "__main__":\n    main()',
    "worker": 'if __name__ == "__mp_main__":\n    main()',
    "other-module": 'if __name__ == "countwords":\n    main()',
    "other-variable": 'name = "x"\nif name == "main":\n    main()',
    "in-function": 'def g():\n    if __name__ == "main":\n        main()',
}


@pytest.mark.parametrize("source", NOT_LIKE_GUARDS.values(), ids=NOT_LIKE_GUARDS)
def test_other_conditions_are_no_misspelt_guards(read: Read, source: str) -> None:
    assert read(HEAD + source).guard_like == ()
