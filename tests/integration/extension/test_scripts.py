"""The scripts that prepare, build and install: what a person sees while they run, and what they say is missing."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from server import ROOT

CONTROL = re.compile(r"\x1b\[K")


def on_terminal(command, columns, term="xterm"):
    """Runs a shell command on a terminal of this width. Returns what it writes, split wherever a line begins anew."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        ["bash", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment | {"TERM": term}
    )
    os.close(theirs)
    written = b""
    while data := read(ours):
        written += data
    os.close(ours)
    assert process.wait() == 0, written
    return re.split(r"[\r\n]+", CONTROL.sub("", written.decode()))


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when nobody has the terminal open any more.
        return b""


def step(title, output, seconds=2):
    return f". pgrx-config/common.sh; write() {{ printf '{output}'; sleep {seconds}; }}; step '{title}' write"


@pytest.mark.parametrize("columns", [20, 40, 80, 132])
def test_progress_is_as_wide_as_the_terminal(columns):
    lines = on_terminal(step("Installing 73 Debian packages", "Unpacking " + "x" * 200), columns)
    assert max(map(len, lines)) <= columns
    if columns > 40:
        assert max(map(len, lines)) > columns - 5, lines


@pytest.mark.parametrize("output", [r"Unpacking gcc ...\r\n", r"Unpacking gcc ...\n\n", r"\tUnpacking gcc ...\r"])
def test_progress_shows_the_last_words(output):
    lines = on_terminal(step("Installing", output), 80)
    assert any("Unpacking gcc ..." in line for line in lines), lines


def test_progress_is_never_blank():
    lines = [line for line in on_terminal(step("Installing", r"\r\n"), 80) if line]
    assert all(re.search(r"Installing +\d+ s(  starting)?$", line) for line in lines), lines
    assert any("starting" in line for line in lines)


def test_a_terminal_without_control_sequences_gets_none():
    written = on_terminal(step("Installing", "Unpacking"), 80, term="dumb")
    assert [line.split() for line in written if line] == [["Installing", "2", "s"]]
