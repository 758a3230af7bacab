# no "with": I call shutdown() at the end myself
import re
import sys
from concurrent.futures import ProcessPoolExecutor


def count_words(file):
    d = {}
    for t in open(file, encoding="utf-8").read().split():
        m = re.search(r"[a-z\-]+", t.lower())
        if m:
            d[m.group(0)] = d.get(m.group(0), 0) + 1
    return d


def reduce_dicts(d1, d2):
    for k, v in d2.items():
        d1[k] = d1.get(k, 0) + v
    return d1


if __name__ == "__main__":
    executor = ProcessPoolExecutor(4)
    maps = executor.map(count_words, sys.argv[1:], chunksize=4)
    end = {}
    for m in maps:
        end = reduce_dicts(end, m)
    executor.shutdown(wait=True)
    for k in sorted(end):
        if end[k] > 2000:
            print(f"{k} == {end[k]}")
