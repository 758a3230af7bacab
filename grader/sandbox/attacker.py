"""Attacks the sandbox it runs in, harmlessly, and tells what held: ``python attacker.py CONFIG``.

Started by path inside a sandbox that is being tried; standard library only. CONFIG is a JSON object:

claims_fd   the private descriptor; one JSON line is written to it
canary      a file outside; nobody inside may read it, nor write beside it
port        a listener on this machine
abstract    the name of an abstract socket of the grader
grader      the number of the grader's process
forks       more processes than the run may have

The line tells for each wall null when it held, else what happened; "pool" likewise for what has to work.
The forks come last, because they end the run.
"""

import json
import os
import socket
import sys
import threading
import time

TYPE_CHECKING = False  # importing typing for its constant costs start-up time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def outcome(attack: "Callable[[], object]") -> "str | None":
    """None when the system refused the attack, else what it gave."""
    try:
        return f"succeeded: {attack()!r}"
    except OSError:
        return None


def read(path: str) -> str:
    """The text of a file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path: str) -> str:
    """Make a file."""
    with open(path, "w", encoding="utf-8") as file:
        return str(file.write("x"))


def connect_to(kind: int, address: "Any") -> str:
    """Connect a new socket."""
    with socket.socket(kind) as ours:
        ours.settimeout(1)
        ours.connect(address)
        return "connected"


def talk_inside() -> "str | None":
    """None when a local socket of the run's own works and processes can be started, as pools need it."""
    path = os.path.join(os.environ["TMPDIR"], "own")
    try:
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(path)
            server.listen(1)
            client.connect(path)
        child = os.fork()
        if child == 0:
            os._exit(7)
        _, status = os.waitpid(child, 0)
        return None if os.waitstatus_to_exitcode(status) == 7 else f"a child ended with {status}"
    except OSError as error:
        return f"failed: {error}"


def storm(forks: int) -> None:
    """Start processes until it is refused."""
    for _ in range(forks):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            time.sleep(60)


def main() -> None:
    """Try everything, tell, and storm."""
    config = json.loads(sys.argv[1])
    thread = threading.Thread(target=str)  # threads have to start as well
    thread.start()
    thread.join()
    found = {
        "files": outcome(lambda: read(config["canary"])) or outcome(lambda: write(config["canary"] + ".new")),
        "network": outcome(lambda: connect_to(socket.AF_INET, ("127.0.0.1", config["port"])))
        or outcome(lambda: connect_to(socket.AF_UNIX, "\0" + config["abstract"])),
        "grader-safety": outcome(lambda: os.kill(config["grader"], 0)),
        "pool": talk_inside(),
    }
    os.write(config["claims_fd"], json.dumps(found).encode() + b"\n")
    storm(config["forks"])


if __name__ == "__main__":
    main()
