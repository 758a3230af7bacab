"""Names to implementations: built-ins first, then entry points, and errors that say what to do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import grader.registry
from grader.errors import PluginError, UnknownName
from grader.registry import Registry, near_names

BUILTIN = {"pool-map": 1, "chunksize": 2, "workers": 3}


class Point:
    """An entry point of a third party."""

    def __init__(self, name: str, value: object, distribution: str | None = "their-checks") -> None:
        self.name = name
        self.value = value
        self.dist = SimpleNamespace(name=distribution) if distribution else None
        self.loaded = 0

    def load(self) -> object:
        self.loaded += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch):
    """Make these entry points be the installed ones of the group ``the.group``."""

    def do(*points: Point) -> None:
        monkeypatch.setattr(grader.registry, "entry_points", lambda group: points if group == "the.group" else ())

    do()
    return do


@pytest.fixture
def registry(install) -> Registry[int]:
    return Registry("check", "the.group", BUILTIN)


def test_a_built_in_name_gives_its_implementation(registry: Registry[int]) -> None:
    assert registry.get("chunksize") == 2


@pytest.mark.parametrize(
    ("asked", "near"), [("chunk-size", "chunksize"), ("pool_map", "pool-map"), ("worker", "workers")]
)
def test_an_unknown_name_lists_near_ones(registry: Registry[int], asked: str, near: str) -> None:
    with pytest.raises(UnknownName) as raised:
        registry.get(asked)

    assert f"no check named '{asked}'" in raised.value.message
    assert f"Closest: {near}" in raised.value.message


def test_a_name_like_no_other_lists_all(registry: Registry[int]) -> None:
    with pytest.raises(UnknownName, match=r"Known: chunksize, pool-map, workers\."):
        registry.get("zzz")


def test_near_names_of_nothing_say_so() -> None:
    assert near_names("x", []) == "None is known."


def test_a_third_party_name_is_loaded_when_it_is_asked_for(registry: Registry[int], install) -> None:
    point = Point("theirs", 99)
    install(point)

    assert registry.names() == ["chunksize", "pool-map", "theirs", "workers"]
    assert point.loaded == 0
    assert registry.get("theirs") == 99


def test_a_third_party_cannot_replace_a_built_in(registry: Registry[int], install) -> None:
    point = Point("workers", 99)
    install(point)

    assert registry.get("workers") == 3
    assert point.loaded == 0


@pytest.mark.parametrize("error", [ImportError("no module named numpy"), SyntaxError("bad"), ValueError("odd")])
def test_a_third_party_that_fails_to_load_names_its_package(registry: Registry[int], install, error: Exception) -> None:
    install(Point("theirs", error))

    with pytest.raises(PluginError) as raised:
        registry.get("theirs")

    assert "'theirs' comes from the package their-checks" in raised.value.message
    assert str(error) in raised.value.message
    assert "uninstall" in raised.value.hint
    assert raised.value.__cause__ is error


def test_a_package_without_a_name_is_said_to_be_unknown(registry: Registry[int], install) -> None:
    install(Point("theirs", ImportError("x"), distribution=None))

    with pytest.raises(PluginError, match="an unknown package"):
        registry.get("theirs")


def test_a_broken_third_party_does_not_disturb_the_others(registry: Registry[int], install) -> None:
    install(Point("theirs", ImportError("x")), Point("good", 5))

    assert registry.get("good") == 5
    assert registry.get("workers") == 3


def test_near_names_include_those_of_third_parties(registry: Registry[int], install) -> None:
    install(Point("barrier", 5))

    with pytest.raises(UnknownName, match="Closest: barrier"):
        registry.get("barriers")
