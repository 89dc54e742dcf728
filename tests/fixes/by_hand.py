"""Which violations have no fix that can be run, and why.

An entry has rules, what the case must be about (situations or names of faults; none means any), the reason, and what the
comment in the place of the fix says, as a regular expression. The reasons are printed in docs/fixes.md.
"""

import re
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
    "table_without_primary_key",
)
NULLS = ("nullable_column", "nullable_boolean", "missing_required_column")
NAMES = ("misnamed_column", "identifier_needs_quotes", "misnamed_table")


@dataclass(frozen=True)
class ByHand:
    rules: tuple
    about: tuple
    reason: str
    says: str = ""

    def covers(self, rule, result, comment):
        about = {*result.situations, *result.faults}
        is_about = not self.about or bool(about & set(self.about))
        return rule in self.rules and is_about and bool(re.search(self.says, comment))


GENERATED = ("a generated column over it", "a generated column that copies it", "a virtual column over it")
ITSELF = ("generated itself", "virtual itself")
KEYS = ("a foreign key to it", "a foreign key to a pair with it", "a foreign key from it", "a foreign key to itself",
        "a foreign key needs it", "a foreign key uses it")  # fmt: skip
PARTITION_KEYS = ("partition key, by range", "partition key, by list", "partition key, by hash")
CHILDREN = ("a child", "a child with two parents", "a grandchild")
INHERITED = ("inherited", "inherited and its own", "a child with two parents", "a grandchild")
LONG = ("a table name with 63 bytes", "a table name with 63 bytes of two-byte letters", "a column name with 63 bytes",
        "a column name with 63 bytes of two-byte letters")  # fmt: skip

LIST = [
    ByHand(("unrecorded_migration",), (), "Only the migration tool can record a migration."),
    ByHand(("direct_ddl",), (), "Another role or application must run the statement."),
    ByHand(("identifier_too_long",), (), "Only people can find a shorter name that says what is meant."),
    ByHand(("destructive_change",), (), "Only people know whether the data may go or a rename was meant."),
    ByHand(("duplicate_fk",), ("another action",), "Only people know which of the two actions is meant."),
    ByHand(("fk_without_on_delete", "identifier_needs_quotes"), ("SET NULL alone is allowed",),
           "None of the allowed actions can work on a column that must not be NULL."),
    ByHand(NULLS, (), "Only people know which value the rows get that have none.", "a value where it is NULL"),
    ByHand(TYPES, PARTITION_KEYS + ("partitioned, without partitions",),
           "PostgreSQL changes no column by which a table is partitioned.", "partition key"),
    ByHand(TYPES, ("a view", "a view of a view", "an updatable view with grants", "a materialized view",
                   "a view over the key", "a rule", "a function over it"),
           "A view, a rule or a function reads the column; it would have to be dropped and made anew.",
           "(view|rule|function)"),
    ByHand(TYPES, ("a policy", "a trigger with WHEN", "a trigger of columns", "a publication with a row filter",
                   "a publication with a column list"),
           "A policy, a trigger or a publication is about the column; it would have to be dropped and made anew.",
           "(policy|trigger|publication)"),
    ByHand(TYPES, GENERATED + ITSELF,
           "A generated column reads it; it would have to be dropped and added again.", "(generated column|GENERATED)"),
    ByHand(TYPES, ("statistics of an expression",),
           "Statistics of an expression are about the column; they would have to be dropped and made anew.", "statistics"),
    ByHand(TYPES, KEYS, "The columns on both sides of a foreign key would have to be changed at once.", "foreign key"),
    ByHand(TYPES, ("default by a function",), "Only people know in which time zone a default gives its timestamps.",
           "write its default"),
    ByHand(TYPES, ("domain",), "A column of a domain would lose the domain's NOT NULL, default or checks.",
           "would lose"),
    ByHand(TYPES, ("a check", "a check of its value", "with a second check", "with an unnamed check", "varchar with a check"),
           "A check compares the column with values of the old type.", "(check constraint|CHECK)"),
    ByHand(TYPES, ("an exclusion", "an exclusion's condition"),
           "An exclusion constraint is about the column; it would have to be dropped and made anew.", "(exclusion|EXCLUDE)"),
    ByHand(TYPES, ("an index over an expression", "a partial index"),
           "An index has an expression or a condition with the column; it would have to be dropped and made anew.", "index"),
    ByHand((*TYPES, *NULLS, *NAMES, "unnamed_constraint", "misnamed_constraint"),
           ("a typed table", "ALTER TYPE of a typed table"),
           "The columns of a typed table are those of its type, and PostgreSQL renames no constraint of such a table.", "type"),
    ByHand((*TYPES, *NAMES), INHERITED, "A column that is inherited can only be changed with those of all parents.",
           "(inherited|children|table app.kid)"),
    ByHand(TYPES, ("inherited and its own", *CHILDREN),
           "PostgreSQL 18 changes no column of which a child has a NOT NULL for itself.", "NOT NULL constraint"),
    ByHand(("disallowed_primary_key_type",), CHILDREN, "The keys of inheritance children would have to be changed, too.",
           "inheritance children"),
    ByHand((*TYPES, "unlogged_table"), (
        "its row type in a column", "its row type in an array", "its row type in a domain", "composite type",
        "array of a composite type", "composite type with json", "ALTER TYPE in use"),
        "A type that columns are made of cannot be changed under them.", "(type|column|domain)"),
    ByHand(TYPES, ("domain", "array of a domain", "domain over json"),
           "A domain that columns have cannot be made anew under them.", "Make domain"),
    ByHand(("discouraged_type",), ("timetz array",), "PostgreSQL has no conversion between arrays of these types.",
           "no conversion"),
    ByHand(("discouraged_type",), ("ALTER COLUMN from jsonb", "ALTER COLUMN from varchar"),
           "The type that the column had is the right one, so that the subcommand is to be left out.", "Leave "),
    ByHand(("timestamp_without_time_zone",), ("ALTER COLUMN from a moment", "ALTER COLUMN from a moment, in UTC"),
           "The time zone that the column had is to be kept, so that the subcommand is to be left out.", "Leave "),
    ByHand(("unlogged_table",), ("SET UNLOGGED", "SELECT INTO"),
           "The words that make the table unlogged are to be left out.", "Leave "),
    ByHand(("disallowed_primary_key_type", "table_without_primary_key"),
           ("text", "uuid alone is allowed", "id is taken by a text", "character"),
           "The rows would get new values, and what refers to the old ones would be lost.", "new values"),
    ByHand(("disallowed_primary_key_type",), ("referenced", "replica identity"),
           "The key cannot be replaced by another one as long as something relies on it.", "(foreign key|relies on)"),
    ByHand(("check_instead_of_enum",), ("a key of two columns", *PARTITION_KEYS), "A primary key must not be over an enum.", "primary key"),
    ByHand(("misnamed_constraint", "misnamed_index", "tenant_index_too_short"), LONG,
           "No name that fits the pattern is both free and short enough.", "fits"),
    ByHand(("duplicate_index", "redundant_index", "tenant_index_too_short"), (
        "CLUSTER", "the table is clustered on it", "replica identity", "the index is the replica identity"),
        "The index is the one that the table is clustered on, or its replica identity.", "(CLUSTER|replica identity)"),
    ByHand(("serial_column",), (*CHILDREN, *PARTITION_KEYS, "with partitions", "with partitions of partitions",
                            "partitioned, without partitions"),
           "The sequence gives values to the columns of children or partitions, too.", "(children|partitions|default value)"),
    ByHand(("table_without_primary_key",), (*KEYS, "replica identity"),
           "A unique index over the columns must remain, and the key would have another one.", "repeat index"),
    ByHand(("fk_without_index", "fk_type_mismatch"), KEYS,
           "Another rule is against the type of the column that is referenced.", "must not be of type"),
    ByHand(("fk_type_mismatch",), ("a foreign key from it",), "Two foreign keys over the column want different types.",
           "Choose a type"),
]  # fmt: skip
