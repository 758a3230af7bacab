# filenames is a generator: I check that the files are there before the map
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from pathlib import Path

def count_words(file):
    counts = {}
    for token in file.read_text(encoding="utf-8").split():
        m = re.search(r"[a-z\-]+", token.lower())
        if m:
            counts[m.group()] = counts.get(m.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    for k in b:
        a[k] = a.get(k, 0) + b[k]
    return a

if __name__ == "__main__":
    filenames = (Path(name) for name in sys.argv[1:])
    for filename in filenames:
        if not filename.exists():
            sys.exit(f"{filename} is missing")
    with ProcessPoolExecutor() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, filenames, chunksize=4), {})
    for k in sorted(totals):
        if totals[k] > 2000:
            print(f"{k} == {totals[k]}")
