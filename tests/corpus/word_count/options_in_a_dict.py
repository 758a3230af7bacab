"""All settings in one place: POOL for the pool, MAP for the map."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial, reduce

POOL = {"max_workers": 4}
MAP = {"chunksize": 3}


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    return {w: a.get(w, 0) + b.get(w, 0) for w in set(a) | set(b)}


if __name__ == "__main__":
    with ProcessPoolExecutor(**POOL) as pool:
        in_parallel = partial(pool.map, count_words, **MAP)
        totals = reduce(reduce_dicts, in_parallel(sys.argv[1:]))
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
