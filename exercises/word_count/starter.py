# exercise: word_count
"""Count the words of all plays of Shakespeare: python countwords.py shakespeare/*"""

import re
import sys
from functools import reduce
from glob import glob


def count_words(file):
    """How often each word occurs in one file, as a dictionary."""
    counts = {}
    with open(file, encoding="utf-8") as text:
        for line in text:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match:
                    word = match.group()
                    counts[word] = counts.get(word, 0) + 1
    return counts


def reduce_dicts(a, b):
    """One dictionary with the sums of both."""
    total = dict(a)
    for word, count in b.items():
        total[word] = total.get(word, 0) + count
    return total


def main():
    files = sys.argv[1:] or sorted(glob("shakespeare/*"))

    # TODO: let the workers of a ProcessPoolExecutor count the files, with a chunk size that you choose.
    counted = map(count_words, files)

    counts = reduce(reduce_dicts, counted, {})
    for word in sorted(counts):
        if counts[word] > 2000:
            print(f"{word} == {counts[word]}")


if __name__ == "__main__":
    main()
