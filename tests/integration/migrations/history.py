"""Reads from the journal which violations each step of the migrations added, and which of them are left."""

import re
from collections import Counter, namedtuple

Found = namedtuple("Found", "rule relid objid schema table name")

JOURNAL = "SELECT transaction::text, statement, violations, constraints FROM truth.journal ORDER BY entry"
STATEMENT_RULES = ("fk_without_on_delete", "timestamp_without_time_zone")
COMMIT_RULE = "fk_without_index"


def label(found):
    return f"{found.rule} {found.schema}.{found.table}.{found.name}"


def follow(snapshots, is_new_violation):
    """Follows every object from one snapshot to the next, through renames (same oid) and rebuilds (same name).

    Returns the objects that came in as violations, and those of them that are left at the end.
    """
    added, known = [], {}
    for statement, objects in snapshots:
        by_id = {(old.relid, old.objid): violates for old, violates in known.items()}
        by_name = {(old.relid, old.name): violates for old, violates in known.items()}
        known = {}
        for found in objects:
            violates = by_id.get((found.relid, found.objid), by_name.get((found.relid, found.name)))
            if violates is None:
                violates = is_new_violation(found, statement)
                added += [found] if violates else []
            known[found] = violates
    return added, [found for found, violates in known.items() if violates]


def unwritten(found, statement):
    """The statement that made the constraint does not contain its name, which PostgreSQL may have cut."""
    return found.name not in {word.encode()[:63].decode(errors="ignore") for word in re.findall(r"\w+", statement)}


def always(found, statement):
    return True


class History:
    def __init__(self, connection):
        rows = connection.execute(JOURNAL).fetchall()
        statements = [(row[1], [Found(*found) for found in row[2] or []]) for row in rows]
        # The last entry of a transaction shows the state in which it was committed.
        endings = {row[0]: index for index, row in enumerate(rows)}.values()
        followed = [
            follow([(sql, [found for found in objects if found.rule == rule]) for sql, objects in states], always)
            for rule, states in [
                *((rule, statements) for rule in STATEMENT_RULES),
                (COMMIT_RULE, [statements[index] for index in endings]),
            ]
        ]
        followed.append(follow([(row[1], [Found(*found) for found in row[3] or []]) for row in rows], unwritten))
        self.added = Counter(label(found) for added, _ in followed for found in added)
        self.standing = sorted(label(found) for _, standing in followed for found in standing)
