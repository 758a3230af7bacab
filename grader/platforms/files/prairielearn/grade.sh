#!/bin/sh
# Grades what was handed in and writes /grade/results/results.json. No line of the student runs in this process.
root="${1:-/grade}"
mkdir -p "$root/results"
# Each run has a user of its own, who must find none of these.
for folder in results tests student serverFilesCourse data; do
    [ ! -d "$root/$folder" ] || chmod 700 "$root/$folder"
done
# The question's timeout is 300 s; a grading takes half a minute.
timeout -s TERM -k 10 270 "${PARGRADE_PYTHON:-python}" -I -m grader platform prairielearn run --root "$root" ||
    echo "pargrade ended with exit code $?" >&2
exit 0
