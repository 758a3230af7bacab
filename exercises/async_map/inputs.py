"""Inputs of the two maps: numbers for the functions that no student has seen."""

from __future__ import annotations

import random

from grader.model.exercise import GeneratorRequest, Inputs, Question


def questions(request: GeneratorRequest) -> Inputs:
    """Pairs of numbers for ``add`` and ``product``: small, large, zero and below zero."""
    rng = random.Random(request.seed)  # noqa: S311 - the seed is the secret, and the same seed must give the same
    pairs = {
        "two small numbers": (rng.randint(2, 99), rng.randint(100, 999)),
        "two large numbers": (rng.randint(10**6, 10**9), rng.randint(10**6, 10**9)),
        "a number and zero": (rng.randint(2, 99), 0),
        "a number below zero": (-rng.randint(2, 99), rng.randint(100, 999)),
    }
    sums = [Question("add", pair, sum(pair), about) for about, pair in pairs.items()]
    products = [Question("product", (a, b), a * b, about) for about, (a, b) in pairs.items()]
    return Inputs(questions=(*sums, *products))
