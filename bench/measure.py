"""Measures the processor time and the memory of a backend, from /proc while it waits for its client."""

import pathlib
import re

from scenarios import RECORD


class Backend:
    """A session, and the process that serves it."""

    def __init__(self, cluster, dbname):
        self.connection = cluster.connect(dbname)
        self.process = pathlib.Path("/proc", str(self.connection.info.backend_pid))

    def run(self, *statements):
        for sql in statements:
            self.connection.execute(sql)

    def unguarded(self, *statements):
        """Runs statements for which no event trigger fires."""
        self.run("SET session_replication_role = replica", *statements, "RESET session_replication_role")

    def cpu(self):
        """Processor time so far, in microseconds. The kernel settles it when the process goes to sleep."""
        while (self.process / "stat").read_text().rsplit(") ", 1)[1][0] != "S":
            pass
        return int((self.process / "schedstat").read_text().split()[0]) / 1000

    def cost(self, *statements):
        """The processor time of these statements, in microseconds."""
        before = self.cpu()
        self.run(*statements)
        return self.cpu() - before

    def memory(self):
        """Its own memory, in bytes, without the shared memory of the server."""
        text = (self.process / "smaps_rollup").read_text()
        return int(re.search(r"^Anonymous: +(\d+) kB", text, re.MULTILINE).group(1)) * 1024

    def close(self):
        self.connection.close()


def measure(backend, scenario, n):
    """The cost of one statement and its commit. The statements before and after it are neither guarded nor measured."""

    def numbered(statements):
        return [sql.format(n=n) for sql in statements]

    backend.unguarded(*numbered(scenario.before))
    if scenario.alone:
        return backend.cost(*numbered([scenario.statement]))
    backend.run("BEGIN")
    cost = backend.cost(*numbered([scenario.statement]))
    backend.unguarded(*numbered([*scenario.after, RECORD]))
    return cost + backend.cost("COMMIT")
