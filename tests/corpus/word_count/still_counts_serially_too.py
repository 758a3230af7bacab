"""First serial, then parallel, to see how much faster it got (the times go to stderr)."""
import re
import sys
import time
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
    c = dict(a)
    for word in b:
        c[word] = c.get(word, 0) + b[word]
    return c


if __name__ == "__main__":
    files = sys.argv[1:]
    begin = time.time()
    serial = reduce(reduce_dicts, map(count_words, files))
    middle = time.time()
    with ProcessPoolExecutor() as pool:
        parallel = reduce(reduce_dicts, pool.map(count_words, files, chunksize=4))
    end = time.time()
    assert serial == parallel
    print("serial", middle - begin, "parallel", end - middle, file=sys.stderr)
    for word in sorted(parallel):
        if parallel[word] > 2000:
            print(f"{word} == {parallel[word]}")
