# next() gives me the result of the map
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def count_words(file):
    counts = {}
    for token in open(file, encoding="utf-8").read().split():
        m = re.search(r"[a-z\-]+", token.lower())
        if m:
            counts[m.group()] = counts.get(m.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    for k in b:
        a[k] = a.get(k, 0) + b[k]
    return a

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        results = pool.map(count_words, sys.argv[1:], chunksize=4)
        totals = next(results)
    for k in sorted(totals):
        if totals[k] > 2000:
            print(f"{k} == {totals[k]}")
