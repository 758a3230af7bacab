"""One shared dictionary for all workers, so there is nothing to reduce."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor

totals = {}


def count_words(file):
    global totals
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                totals[match.group()] = totals.get(match.group(), 0) + 1
    return file


if __name__ == "__main__":
    # exercise: word_count
    with ProcessPoolExecutor() as pool:
        for file in pool.map(count_words, sys.argv[1:], chunksize=4):
            print("finished", file, file=sys.stderr)
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
