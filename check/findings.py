"""The violations that the check has found, as guardrail.render() takes them, and what they amount to."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from arguments import LEVELS, Arguments
from judge import Violation

OPEN, FROZEN = "open", "frozen"


@dataclass
class Failure:
    """What has ended the check."""

    file: str
    message: str


class Findings:
    def __init__(self, frozen: Iterable[str]) -> None:
        self.frozen = set(frozen)
        # As lines of guardrail.report('json').
        self.lines: list[str] = []
        self.baseline: set[str] = set()
        self.open: Counter[str] = Counter()
        # The fingerprints of each rule.
        self.found: dict[str, set[str]] = defaultdict(set)
        self.count_frozen = 0

    def add(self, file: str, violation: Violation) -> None:
        columns = {name: value for name, value in violation.columns.items() if name not in ("statement", "line")}
        status = FROZEN if columns["fingerprint"] in self.frozen else OPEN
        if status == OPEN:
            self.open[columns["level"]] += 1
        else:
            self.count_frozen += 1
        self.found[columns["rule"]].add(columns["fingerprint"])
        place = {"file": file, "line": violation.line}
        self.lines.append(json.dumps(columns | {"status": status, "certain": True} | place))
        self.baseline.add(entry_of_baseline(columns))

    def fail(self, arguments: Arguments) -> bool:
        return any(arguments.fails(level) for level, count in self.open.items() if count)

    def describe(self) -> str:
        """How many there are, the gravest first: `2 errors, 1 warning open; 3 frozen`."""
        parts = [number(self.open[level], level) for level in reversed(LEVELS) if self.open[level]]
        frozen = f"; {self.count_frozen} frozen" if self.count_frozen else ""
        return f"{', '.join(parts) or 'nothing'} open{frozen}"


def number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def entry_of_baseline(columns: dict) -> str:
    """The line of guardrail.export_frozen() for a violation."""
    names = {"rule": "rule", "schema": "schema_name", "table": "table_name", "kind": "object_kind"}
    entry = {key: columns[name] for key, name in names.items()}
    entry["object"] = columns["column_name"] or columns["constraint_name"] or columns["index_name"]
    entry["fingerprint"] = columns["fingerprint"]
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
