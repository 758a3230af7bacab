"""Names and splits its functions otherwise, and passes map's arguments through a dictionary."""

import re
import sys
from concurrent.futures import ProcessPoolExecutor as Workers


def first_word(token):
    match = re.search(r"[a-z\-]+", token)
    return match.group() if match else None


def tally(path):
    seen = {}
    with open(path, "rb") as binary:
        for token in binary.read().decode("utf-8").lower().split():
            word = first_word(token)
            if word is not None:
                seen.setdefault(word, 0)
                seen[word] += 1
    return seen


def merge_all(tallies):
    merged = {}
    for one in tallies:
        for word in one:
            merged[word] = merged.get(word, 0) + one[word]
    return merged


def report(merged, stream):
    for word in sorted(w for w, n in merged.items() if n > 2000):
        print(word, merged[word], sep=" == ", file=stream)


def run(paths):
    settings = {"chunksize": 2}
    with Workers() as workers:
        merged = merge_all(list(workers.map(tally, paths, **settings)))
    report(merged, sys.stdout)


if __name__ == "__main__":
    run(sys.argv[1:])
