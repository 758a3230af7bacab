#!/usr/bin/env python3
"""Grades the student's workspace with pargrade and sends percentage and report to Codio.

Put it with pargrade.toml into a folder that students cannot read, and name it as the command of the assessment.
"""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADDRESSES = {"CODIO_AUTOGRADE_V2_URL": "grade", "CODIO_PARTIAL_POINTS_V2_URL": "points"}
"""Where Codio takes a result, and what it calls the percentage there."""


def main() -> int:
    """Grade, and send. An exit code other than 0 means no points to Codio, so that is for our faults only."""
    address, name = next(((os.environ[key], name) for key, name in ADDRESSES.items() if os.environ.get(key)), ("", ""))
    if not address:
        print("Codio gave no address for the result: allow partial points in the settings of the assessment.")
        return 1
    # The program that is graded must not learn the address.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CODIO_")}
    command = ["grade", "platform", "codio", "run", "--settings", str(HERE / "pargrade.toml")]
    done = subprocess.run(command + sys.argv[1:], env=environment, stdout=subprocess.PIPE, check=False)
    try:
        result = json.loads(done.stdout)
        percent, feedback = result["percent"], result["feedback"]
    except (ValueError, KeyError, TypeError):
        percent, feedback = None, "The grading did not come to its end."
    if percent is None:
        print(feedback)
        return 1
    fields = {name: percent, "format": result["format"], "feedback": feedback}
    body = urllib.parse.urlencode(fields).encode()
    try:
        urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=30).close()
    except (OSError, ValueError, HTTPException) as error:
        print(f"The result could not be sent to Codio: {type(error).__name__}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
