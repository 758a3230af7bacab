"""Cuts all plays into pieces of 100 lines and sends each by itself: more messages than work."""
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

# exercise: word_count
LINES = 100


def pieces(files):
    for file in files:
        with open(file, encoding="utf-8") as f:
            lines = f.readlines()
        for start in range(0, len(lines), LINES):
            yield "".join(lines[start:start + LINES])


def count_piece(piece):
    counts = Counter()
    for token in piece.split():
        match = re.search(r"[a-z\-]+", token.lower())
        if match:
            counts[match.group()] += 1
    return counts


if __name__ == "__main__":
    total = Counter()
    with ProcessPoolExecutor(max_workers=4) as pool:
        for part in pool.map(count_piece, pieces(sys.argv[1:]), chunksize=1):
            total.update(part)
    for word in sorted(total):
        if total[word] > 2000:
            print(word, "==", total[word])
