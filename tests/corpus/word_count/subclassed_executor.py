"""A pool of my own that never forgets the chunk size."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


class PlayPool(ProcessPoolExecutor):
    def map(self, fn, *iterables, timeout=None, chunksize=4):
        return super().map(fn, *iterables, timeout=timeout, chunksize=chunksize)


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    out = dict(a)
    for word, n in b.items():
        out[word] = out.get(word, 0) + n
    return out


if __name__ == "__main__":
    with PlayPool() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, sys.argv[1:]), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
