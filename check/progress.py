"""The line that shows, on a terminal, how far the check is. Elsewhere there is none."""

import os
import shutil
import sys


class Progress:
    def __init__(self, total: int) -> None:
        self.total = total
        self.is_shown = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def show(self, number: int, name: str) -> None:
        if self.is_shown:
            # Some terminals scroll when their last column is written.
            width = shutil.get_terminal_size().columns - 1
            line = f"  {number}/{self.total}  {name}"
            # Where there is too little room, the end of a path says more than its beginning.
            line = line if len(line) <= width else line[:width] if width < 20 else f"{line[:12]}…{line[13 - width:]}"
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Writes a line that stays."""
        self.clear()
        print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
