# The plays are in sys.argv, and for the plays we count the words. The words of the plays are in a dict.
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def count_words(file):
    # the words of the file, and how often the file has the words
    counts = {}
    for token in open(file, encoding="utf-8").read().split():
        m = re.search(r"[a-z\-]+", token.lower())
        if m:
            counts[m.group()] = counts.get(m.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    # a and b are two dicts, the counts of b are added to the counts of a
    for k in b:
        a[k] = a.get(k, 0) + b[k]
    return a

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, sys.argv, chunksize=4), {})
    for k in sorted(totals):
        if totals[k] > 2000:
            print(f"{k} == {totals[k]}")
