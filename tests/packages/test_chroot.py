"""The systems in which packages are tried leave nothing behind on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from chroot import ROOT

SHARED = Path("/dev/shm/of-a-tried-package")
PROGRAM = """
from chroot import System
system = System("bookworm")
system.run("touch /dev/shm/of-a-tried-package")
print(system.init.pid, system.folder, flush=True)
input()
"""


def test_a_system_leaves_nothing_even_if_the_tests_are_killed():
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT / "tests" / "packages", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    pid, folder = program.stdout.readline().split()
    try:
        assert not SHARED.exists()
        program.send_signal(signal.SIGKILL)
        program.wait()
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)
        raise AssertionError("the system is still running")
    finally:
        program.kill()
        if Path(f"/proc/{pid}").exists():
            os.kill(int(pid), signal.SIGKILL)
        SHARED.unlink(missing_ok=True)
        # Nothing is mounted there for us.
        subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)
