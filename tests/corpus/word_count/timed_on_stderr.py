"""Word count with a stopwatch; the time goes to stderr so that the answer stays clean."""
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for line in f:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match:
                    counts[match.group()] = counts.get(match.group(), 0) + 1
    print("done:", file, file=sys.stderr)
    return counts


def reduce_dicts(a, b):
    for word in b:
        a[word] = a.get(word, 0) + b[word]
    return a


if __name__ == "__main__":
    start = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, sys.argv[1:], chunksize=3), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
    print(f"took {time.perf_counter() - start:.2f} s", file=sys.stderr)
