"""Parallel word count, with the module under a short name."""
import concurrent.futures as cf
import os
import re
import sys
from functools import reduce

regex = re.compile(r"[a-z\-]+")


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as handle:
        for line in handle:
            for token in line.lower().split():
                hit = regex.search(token)
                if hit:
                    counts[hit.group()] = counts.get(hit.group(), 0) + 1
    return counts


def reduce_dicts(left, right):
    total = dict(left)
    for word in right:
        total[word] = total.get(word, 0) + right[word]
    return total


if __name__ == "__main__":
    with cf.ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        counted = pool.map(count_words, sys.argv[1:], chunksize=4)
        totals = reduce(reduce_dicts, counted)
    for word in sorted(totals):
        if totals[word] > 2000:
            print(word, totals[word], sep=" == ")
