"""What a run has seen: by kind of statement, by rule."""

import os
from collections import Counter

BLOCKS = ("block, do", "block, do that commits", "block, do with handlers", "block, do with handlers that commits",
          "block, call", "block, call that commits")
CONTROL = ("SAVEPOINT", "ROLLBACK TO", "RELEASE", "PREPARE TRANSACTION", "COMMIT PREPARED", "COMMIT", "ROLLBACK")
WAYS = ("passed", "refused", "failed")


class Coverage:
    def __init__(self):
        self.counter = Counter()

    def add(self, *key):
        self.counter[key] += 1

    def statement(self, kind, outcome):
        way = "passed" if outcome.is_ok else "refused" if outcome.is_refused else "failed"
        self.add("kind", kind, way)
        if way == "failed":
            self.add("failure", kind, f"{outcome.sqlstate} {outcome.message[:90]}")

    def merge(self, other):
        self.counter.update(other.counter)

    def of(self, first):
        """The counts of one sort, by name: {name: {way: count}}."""
        found = {}
        for key, count in self.counter.items():
            if key[0] == first:
                found.setdefault(key[1], Counter())[key[2] if len(key) > 2 else ""] += count
        return found

    def missing(self, kinds):
        """The kinds of which no statement has passed."""
        seen = self.of("kind")
        return [kind for kind in [*kinds, *BLOCKS, *CONTROL] if not seen.get(kind, {}).get("passed")]

    def lines(self):
        yield f"{'kind of statement':42}" + "".join(f"{way:>9}" for way in WAYS)
        for kind, ways in sorted(self.of("kind").items()):
            yield f"{kind:42}" + "".join(f"{ways[way]:9}" for way in WAYS)
        yield ""
        yield "rule"
        for rule, ways in sorted(self.of("rule").items()):
            yield f"{rule:34}" + ", ".join(f"{ways[way]} {way}" for way in sorted(ways))
        for kind, ways in sorted(self.of("failure").items()) if os.environ.get("FAILURES") else ():
            for way, count in ways.most_common(4):
                yield f"{kind:42}{count:4} {way}"
        yield ""
        for name, ways in sorted(self.of("refusals").items()):
            yield f"refusals {name}: {sum(ways.values())}"

    def total(self, way):
        return sum(ways[way] for ways in self.of("kind").values())
