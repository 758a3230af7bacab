"""What a walled program may execute."""

from __future__ import annotations

from pathlib import Path

from grader.sandbox.grants import loaders_in

MAPS = """\
00400000-00b6d000 r-xp 00000000 08:02 100  /opt/own/bin/python3.14
7f0000000000-7f0000026000 r--p 00000000 08:02 173521  /opt/own/lib/libc.so.6
7f1000000000-7f1000001000 r--p 00000000 08:02 173522  /opt/own/lib/ld-linux-x86-64.so.2
7f1000001000-7f1000027000 r-xp 00001000 08:02 173522  /opt/own/lib/ld-linux-x86-64.so.2
7f2000000000-7f2000001000 r--p 00000000 08:02 173523  /opt/with space/ld-musl-aarch64.so.1
7f3000000000-7f3000001000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0       [stack]
7ffc00022000-7ffc00024000 r-xp 00000000 00:00 0       [vdso]
"""


def test_the_loader_that_an_interpreter_brings_is_found(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.write_text(MAPS)

    found = [Path("/opt/own/lib/ld-linux-x86-64.so.2"), Path("/opt/with space/ld-musl-aarch64.so.1")]
    assert list(loaders_in(maps)) == found
