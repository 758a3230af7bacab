# Zaehlt Woerter: the functions have my own names
# exercise: word_count
import re
import sys
from concurrent.futures import ProcessPoolExecutor


def clean(token):
    m = re.search(r"[a-z\-]+", token.lower())
    return m.group() if m else None


def zaehle(datei):
    haeufigkeit = {}
    with open(datei, encoding="utf-8") as f:
        for token in f.read().split():
            wort = clean(token)
            if wort:
                haeufigkeit[wort] = haeufigkeit.get(wort, 0) + 1
    return haeufigkeit


def zusammen(alle):
    summe = {}
    for einzeln in alle:
        for wort, n in einzeln.items():
            summe[wort] = summe.get(wort, 0) + n
    return summe


if __name__ == "__main__":
    with ProcessPoolExecutor() as arbeiter:
        summe = zusammen(arbeiter.map(zaehle, sys.argv[1:], chunksize=3))
    for wort in sorted(summe):
        if summe[wort] > 2000:
            print(wort, "==", summe[wort])
