"""The pattern is an argument of count_words, fixed by functools.partial."""
import functools
import re
import sys
from concurrent.futures import ProcessPoolExecutor


def count_words(pattern, file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(pattern, token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    for word in b:
        a[word] = a.get(word, 0) + b[word]
    return a


if __name__ == "__main__":
    count = functools.partial(count_words, re.compile(r"[a-z\-]+"))
    with ProcessPoolExecutor() as pool:
        totals = functools.reduce(reduce_dicts, pool.map(count, sys.argv[1:], chunksize=4), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
