"""Word count that writes its answer in one go."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


def count_words(file):
    counts = {}
    with open(file, "rb") as f:
        text = f.read().decode("utf-8")
    for token in text.split():
        match = re.search(r"[a-z\-]+", token.lower())
        if match:
            counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    return {word: a.get(word, 0) + b.get(word, 0) for word in {*a, *b}}


def main():
    with ProcessPoolExecutor() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, sys.argv[1:], chunksize=4))
    lines = ["%s == %d\n" % pair for pair in sorted(totals.items()) if pair[1] > 2000]
    sys.stdout.write("".join(lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
