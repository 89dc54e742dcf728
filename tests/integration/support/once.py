"""What is made once and kept under target/, also where several processes run the tests."""

import contextlib
import fcntl

import server

KEPT = server.ROOT / "target" / "integration"


@contextlib.contextmanager
def make(name):
    """Yields the folder of this name, and whether it is still to be made. While it is made, others wait for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        directory = KEPT / name
        done = directory / "complete"
        yield directory, not done.exists()
        done.touch()
