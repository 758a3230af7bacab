"""Word count with Counter, which does half of the exercise for me."""
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

WORD = re.compile(r"[a-z\-]+")


def words_in(line):
    for token in line.split():
        match = WORD.search(token.lower())
        if match:
            yield match.group()


def count_words(file):
    counts = Counter()
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            counts.update(words_in(line))
    return counts


def main(files):
    totals = Counter()
    with ProcessPoolExecutor() as pool:
        for counts in pool.map(count_words, files, chunksize=3):
            totals.update(counts)
    for word, n in sorted(totals.items()):
        if n > 2000:
            print(f"{word} == {n}")


if __name__ == "__main__":
    main(sys.argv[1:])
