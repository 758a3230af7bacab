"""The programs around the examples: an example shows only the part that matters."""

from __future__ import annotations

from grader.checks.base import Check, Example

_WORD_COUNT = """\
import re
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as text:
        for token in text.read().split():
            match = re.search(r"[a-z\\-]+", token.lower())
            if match:
                counts[match[0]] = counts.get(match[0], 0) + 1
    return counts


def add_up(parts):
    totals = {}
    for part in parts:
        for word, count in part.items():
            totals[word] = totals.get(word, 0) + count
    return totals


def report(parts):
    totals = add_up(parts)
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")


"""

_ASYNC_MAP = """\
import os
from concurrent.futures import ProcessPoolExecutor


def add(a, b):
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b


"""

_AROUND = {"word_count": _WORD_COUNT, "async_map": _ASYNC_MAP}


def whole_program(check: type[Check], example: Example) -> str:
    """The example with the exercise's functions above it: a program that can be graded."""
    return _AROUND[check.exercise] + example.code
