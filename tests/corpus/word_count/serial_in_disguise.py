"""Uses the pool for something, and counts as before."""
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


def warm_up(number):
    return number * number


if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        list(pool.map(warm_up, range(100), chunksize=10))
    totals = {}
    for file in sys.argv[1:]:
        totals = reduce_dicts(totals, count_words(file))
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
