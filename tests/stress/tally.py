"""What the tests of one suite have counted."""

import contextlib
import time


class Tally:
    def __init__(self, suite):
        self.suite = suite
        self.postgresql = ""
        self.seconds = 0
        self.figures = {}

    @contextlib.contextmanager
    def on(self, cluster):
        """Counts the time of what is done on a server."""
        with cluster.connect("postgres") as connection:
            version = connection.info.server_version
        self.postgresql = f"{version // 10000}.{version % 10000}"
        start = time.monotonic()
        try:
            yield self
        finally:
            self.seconds += time.monotonic() - start

    def add(self, name, number=1):
        self.figures[name] = self.figures.get(name, 0) + number

    def set(self, name, figure):
        self.figures[name] = figure

    def lines(self):
        if not self.figures:
            return []
        figures = ", ".join(f"{name} {figure}" for name, figure in self.figures.items())
        return [f"{self.suite}, PostgreSQL {self.postgresql}, {self.seconds:.0f} s: {figures}"]
