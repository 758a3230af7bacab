"""Counts serially, then maps the same files for show and throws the results away."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    for word in b:
        a[word] = a.get(word, 0) + b[word]
    return a


if __name__ == "__main__":
    totals = reduce(reduce_dicts, map(count_words, sys.argv[1:]), {})
    with ProcessPoolExecutor() as pool:
        shown = list(pool.map(count_words, sys.argv[1:], chunksize=4))
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
