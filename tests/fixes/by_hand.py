"""Which violations have no fix that can be run, and why.

An entry has rules, what the case must be about (a situation, the name of a fault, or ANY), and the reason. The reasons
are printed in docs/fixes.md.
"""

from dataclasses import dataclass

ANY = None


@dataclass(frozen=True)
class ByHand:
    rules: tuple
    about: str | None
    reason: str

    def covers(self, rule, result):
        about = (*result.situations, result.fault.partition(": ")[2])
        return rule in self.rules and (self.about is ANY or self.about in about)


LIST = [
    ByHand(("unrecorded_migration",), ANY, "Only the migration tool can record a migration."),
    ByHand(("direct_ddl",), ANY, "Another role or application must run the statement."),
    ByHand(("destructive_change",), ANY, "Only people know whether the data may go or a rename was meant."),
    ByHand(("identifier_too_long",), ANY, "Only people can find a shorter name that says what is meant."),
]
