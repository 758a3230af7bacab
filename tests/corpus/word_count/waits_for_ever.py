# wait until all the workers have put their result into "done"
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

done = []

def count_words(file):
    counts = {}
    for token in open(file, encoding="utf-8").read().split():
        m = re.search(r"[a-z\-]+", token.lower())
        if m:
            counts[m.group()] = counts.get(m.group(), 0) + 1
    done.append(counts)

def reduce_dicts(a, b):
    for k in b:
        a[k] = a.get(k, 0) + b[k]
    return a

if __name__ == "__main__":
    files = sys.argv[1:]
    pool = ProcessPoolExecutor()
    pool.map(count_words, files, chunksize=4)
    while len(done) < len(files):
        time.sleep(0.1)
    totals = reduce(reduce_dicts, done, {})
    for k in sorted(totals):
        if totals[k] > 2000:
            print(f"{k} == {totals[k]}")
