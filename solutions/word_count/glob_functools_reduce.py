"""Globs the folder itself, ignores the command line, and folds the results with functools.reduce."""

import re
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from glob import glob


def count_words(file):
    result = {}
    with open(file) as f:
        words = f.read().split()
    for w in words:
        m = re.search(r"[a-z\-]+", w.lower())
        if m is None:
            continue
        if m.group() in result:
            result[m.group()] += 1
        else:
            result[m.group()] = 1
    return result


def reduce_dicts(a, b):
    c = a.copy()
    for key in b:
        c[key] = c.get(key, 0) + b[key]
    return c


def main():
    files = glob("shakespeare/*")
    with ProcessPoolExecutor(max_workers=4) as executor:
        results = executor.map(count_words, files, chunksize=2)
        total = reduce(reduce_dicts, results)
    for key in sorted(total.keys()):
        if total[key] > 2000:
            print(str(key) + " == " + str(total[key]))


if __name__ == "__main__":
    main()
