"""Which violations have no fix that can be run, and why.

An entry has rules, what the case must be about (situations or names of faults; none means any), and the reason. The
reasons are printed in docs/fixes.md.
"""

from dataclasses import dataclass

TYPES = (
    "timestamp_without_time_zone",
    "discouraged_type",
    "inexact_money",
    "unbounded_string",
    "check_instead_of_enum",
    "disallowed_primary_key_type",
    "fk_type_mismatch",
    "missing_required_column",
)
NULLS = ("nullable_column", "nullable_boolean")


@dataclass(frozen=True)
class ByHand:
    rules: tuple
    about: tuple
    reason: str

    def covers(self, rule, result):
        about = {*result.situations, result.fault.partition(": ")[2]}
        return rule in self.rules and (not self.about or bool(about & set(self.about)))


LIST = [
    ByHand(("unrecorded_migration",), (), "Only the migration tool can record a migration."),
    ByHand(("direct_ddl",), (), "Another role or application must run the statement."),
    ByHand(("identifier_too_long",), (), "Only people can find a shorter name that says what is meant."),
    ByHand(("destructive_change",), (), "Only people know whether the data may go or a rename was meant."),
    ByHand(("duplicate_fk",), ("another action",), "Only people know which of the two actions is meant."),
    ByHand(("fk_without_on_delete",), ("SET NULL alone is allowed",),
           "None of the allowed actions can work on a column that must not be NULL."),
    ByHand(TYPES, ("partition key, by range", "partition key, by list", "partition key, by hash"),
           "PostgreSQL changes no column by which a table is partitioned."),
    ByHand(TYPES, ("a view", "a view of a view", "an updatable view with grants", "a materialized view",
                   "a view over the key", "a rule", "a function over it"),
           "A view, a rule or a function reads the column; it would have to be dropped and made anew."),
    ByHand(TYPES, ("a policy", "a trigger with WHEN", "a trigger of columns", "a publication with a row filter"),
           "A policy, a trigger or a row filter reads the column; it would have to be dropped and made anew."),
    ByHand((*TYPES, *NULLS, "table_without_primary_key", "misnamed_column", "identifier_needs_quotes"),
           ("a typed table", "ALTER TYPE of a typed table"), "The columns of a typed table are those of its type."),
    ByHand((*TYPES, "misnamed_column", "identifier_needs_quotes", "serial_column"),
           ("inherited", "inherited and its own", "a child with two parents"),
           "A column that is inherited can only be changed with that of the parent."),
    ByHand((*TYPES, "table_without_primary_key"), (
        "its row type in a column", "its row type in an array", "its row type in a domain", "composite type",
        "array of a composite type", "composite type with json", "ALTER TYPE in use"),
        "A type that columns are made of cannot be changed under them."),
    ByHand(NULLS, (), "Only people know which value the rows get that have none."),
]
