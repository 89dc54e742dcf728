"""What statements are told of, beside what the audit lists."""

from dataclasses import dataclass

ABOUT = (
    "rule, level, moment, object_kind, schema_name, table_name, column_name, constraint_name, index_name, data_type"
)
WORDS = "message, fix, fix_applies, fix_caution"


@dataclass(frozen=True)
class Violation:
    """A violation, as last_violations() and audit() have it."""

    fingerprint: str
    about: tuple
    words: tuple

    @property
    def base(self):
        """The fingerprint without the number that tells it from its equals, which are numbered by their names."""
        return self.fingerprint.partition(":")[0]


def read(session, function, condition="true"):
    count = len(ABOUT.split(","))
    rows = session.rows(f"SELECT fingerprint, {ABOUT}, {WORDS} FROM guardrail.{function}() WHERE {condition}")
    return {row[0]: Violation(row[0], row[1 : count + 1], row[count + 1 :]) for row in rows}


def run(session, statements):
    """Runs statements as one transaction, where they can be. Returns what they and the commit were told."""
    alone = any("CONCURRENTLY" in sql for sql in statements)
    told = {}
    for sql in statements if alone else ["BEGIN", *statements, "COMMIT"]:
        session.run(sql)
        told |= read(session, "last_violations")
    return told
