"""What a cluster's log says."""

import json
import re

# A line break in a statement is logged with a tab behind it.
REFUSAL = re.compile(r"^[-\d]+ [\d:.]+ \w+ \[\d+\] LOG:  pg_guardrail refusal: (.*)$", re.MULTILINE)


class Log:
    """What is logged from now on."""

    def __init__(self, cluster):
        self.path = cluster.log
        self.start = self.path.stat().st_size

    def text(self):
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read().decode(errors="replace")

    def refusals(self):
        """The refusals, each of which is the JSON on one line."""
        found = REFUSAL.findall(self.text())
        assert all(line.isascii() for line in found)
        return [json.loads(line) for line in found]
