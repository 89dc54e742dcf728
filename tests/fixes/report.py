"""Counts what was tried, keeps it below target/, and writes the tables of docs/fixes.md: `report.py check|write`."""

import json
import pathlib
import sys
from collections import Counter

from by_hand import LIST, TYPES

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "target" / "fixes"
PAGE = ROOT / "docs" / "fixes.md"
KINDS = ("in place", "instead", "same transaction", "all of a case", "by hand")
ENOUGH = 5000


def title_of(item):
    about = [each.name for each in item.situations] + ([f"with {item.second.title}"] if item.second else [])
    return f"{item.fault.title}, {' + '.join(about) or 'plain'}, {item.way}, {item.mode}"


def tried(counts):
    return sum(count for (_, kind), count in counts.items() if kind != "by hand")


def group(situation):
    return situation if "name with" not in situation else situation[: situation.index(" with")] + " that is hard to write"


class Run:
    """The results of one run on one version."""

    def __init__(self, version, seed, seconds, results):
        self.version, self.seed, self.seconds, self.results = version, seed, seconds, results
        self.by_rule, self.by_situation = Counter(), Counter()
        for result in results:
            for outcome in result.outcomes:
                self.by_rule[outcome.rule, outcome.kind] += 1
                for situation in result.situations or ("nothing else",):
                    self.by_situation[group(situation), outcome.kind] += 1

    def lines(self):
        """A line for each rule, with the number of fixes of each kind."""
        for rule in sorted({rule for rule, _ in self.by_rule}):
            counts = [f"{self.by_rule[rule, kind]} {kind}" for kind in KINDS if self.by_rule[rule, kind]]
            yield f"{rule}: {', '.join(counts)}"
        impossible = sum(bool(result.impossible) for result in self.results)
        wrong = sum(bool(outcome.wrong) for result in self.results for outcome in result.outcomes)
        yield (f"{len(self.results)} cases, {impossible} of them not allowed by PostgreSQL;"
               f" {tried(self.by_rule)} fixes tried, {wrong} went wrong")  # fmt: skip

    def has(self, entry):
        """Whether what an entry of the list is about has happened."""
        return any(
            entry.covers(outcome.rule, result, outcome.comment)
            for result in self.results
            for outcome in result.outcomes
            if outcome.kind == "by hand"
        )

    def keep(self, whole):
        """Writes every script of what went wrong, and the counts of a whole run."""
        KEPT.mkdir(parents=True, exist_ok=True)
        kept = {"seed": self.seed, "by hand": [entry.reason for entry in LIST if self.has(entry)]}
        for name, counts in (("rules", self.by_rule), ("situations", self.by_situation)):
            kept[name] = [[*key, count] for key, count in sorted(counts.items())]
        if whole:
            (KEPT / f"{self.version}.json").write_text(json.dumps(kept))
        scripts = [outcome.script for result in self.results for outcome in result.outcomes if outcome.wrong]
        (KEPT / f"{self.version}-wrong.sql").write_text("\n\n".join(scripts) + "\n")


def load(majors):
    """Adds up the counts of the runs."""
    rules, situations, seeds, reasons = Counter(), Counter(), set(), set()
    for major in majors:
        kept = json.loads((KEPT / f"{major}.json").read_text())
        seeds.add(kept["seed"])
        reasons.update(kept["by hand"])
        for *key, count in kept["rules"]:
            rules[tuple(key)] += count
        for *key, count in kept["situations"]:
            situations[tuple(key)] += count
    return rules, situations, seeds, reasons


def table(title, counts):
    """A table in Markdown, of the kinds that occur."""
    rows = [f"| {title} | {' | '.join(KINDS)} |", f"| --- |{' ---: |' * len(KINDS)}"]
    for name in sorted({name for name, _ in counts}):
        rows.append(f"| {name} | {' | '.join(str(counts[name, kind] or '') for kind in KINDS)} |")
    return "\n".join(rows)


def replace_between(text, mark, content):
    begin, end = f"<!-- {mark}: begin -->\n", f"<!-- {mark}: end -->"
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}\n\n{end}{rest.split(end)[1]}"


def describe(entry):
    changes_types = set(TYPES) <= set(entry.rules)
    rules = ["rules that change types"] if changes_types else []
    rules += [f"`{rule}`" for rule in entry.rules if not changes_types or rule not in TYPES]
    return f"* {entry.reason} ({', '.join(rules)}{': ' if entry.about else ''}{'; '.join(entry.about)})"


def write(majors):
    rules, situations, seeds, _ = load(majors)
    page = PAGE.read_text()
    types = ", ".join(f"`{rule}`" for rule in TYPES)
    reasons = "\n".join([f"The rules that change types are {types}.", "", *map(describe, LIST)])
    summary = f"PostgreSQL {' and '.join(majors)}, seed {', '.join(sorted(seeds))}: {tried(rules)} fixes were tried."
    page = replace_between(page, "by hand", reasons)
    page = replace_between(page, "counts", f"{summary}\n\n{table('rule', rules)}\n\n{table('situation', situations)}")
    PAGE.write_text(page)


def main(command, *majors):
    if command == "write":
        write(majors)
    rules, _, _, reasons = load(majors)
    total, unused = tried(rules), [entry.reason for entry in LIST if entry.reason not in reasons]
    print(f"{total} fixes were tried on PostgreSQL {' and '.join(majors)}")
    if len(majors) > 1 and total < ENOUGH:
        return f"that is fewer than {ENOUGH}"
    if len(majors) > 1 and unused:
        return "by_hand.py lists what has not happened:\n" + "\n".join(unused)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
