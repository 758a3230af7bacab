"""Chooses the chunk size so that each of four workers gets about two chunks."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

WORKERS = 4


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for line in f:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match:
                    counts[match[0]] = counts.get(match[0], 0) + 1
    return counts


def reduce_dicts(a, b):
    for word, n in b.items():
        a[word] = a.get(word, 0) + n
    return a


if __name__ == "__main__":
    files = sys.argv[1:]
    chunk = max(2, len(files) // (2 * WORKERS))
    with ProcessPoolExecutor(WORKERS) as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, files, chunksize=chunk), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
