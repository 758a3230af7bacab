#!/usr/bin/env python3
"""Reads the body of a message of xqueue from the standard input and prints the body of the reply.

For a grader of xqueue-watcher, or any program that polls the queue. The payload of the problem names the exercise:
{"exercise": "word_count"}, and "exercises" where they lie in a folder of your own. Exit code 0: send the reply.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Lay the answer out in a folder, and grade it there."""
    try:
        body = json.load(sys.stdin)
        payload = json.loads(body.get("grader_payload") or "{}")
        settings = {key: payload[key] for key in ("exercise", "exercises") if isinstance(payload.get(key), str)}
        answer = body["student_response"].encode("utf-8", "replace")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        print("This is no body of a message of xqueue.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="pargrade-xqueue-") as folder:
        root = Path(folder)
        (root / "submission").mkdir()
        (root / "submission" / "answer.py").write_bytes(answer)
        lines = [
            f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items()
        ]  # such a string is one in TOML, too
        (root / "pargrade.toml").write_text("".join(lines), encoding="utf-8")
        command = ["grade", "platform", "xqueue", "run", "--root", folder]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
