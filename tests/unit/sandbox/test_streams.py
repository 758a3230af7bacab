"""Reading what a program writes: the grader never waits for a program, whatever it was told to be there."""

from __future__ import annotations

import os
import threading

from grader.sandbox.supervisor import _Stream


# attacks: 118
def test_a_byte_that_is_taken_away_before_it_is_read_is_not_waited_for() -> None:
    read_end, write_end = os.pipe()
    stream = _Stream(read_end, cap=100)
    reading = threading.Thread(target=stream.read, daemon=True)

    reading.start()
    reading.join(10.0)
    waits = reading.is_alive()
    os.close(write_end)
    reading.join()
    os.close(read_end)

    assert not waits
    assert not stream.closed
