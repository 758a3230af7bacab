"""Counters instead of loops, and a chunk size computed from the number of files and workers."""

import os
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

PATTERN = re.compile(r"[a-z\-]+")


def count_words(file):
    with open(file, encoding="utf-8") as stream:
        found = map(PATTERN.search, stream.read().lower().split())
        return Counter(match.group() for match in found if match)


def reduce_dicts(a, b):
    total = Counter(a)
    total.update(b)
    return total


def main(files):
    workers = os.cpu_count() or 1
    chunks_per_worker = 4
    chunksize = max(2, len(files) // (workers * chunks_per_worker))
    total = Counter()
    with ProcessPoolExecutor(workers) as pool:
        for counts in pool.map(count_words, files, chunksize=chunksize):
            total = reduce_dicts(total, counts)
    for word in sorted(total):
        if total[word] > 2000:
            sys.stdout.write(f"{word} == {total[word]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
