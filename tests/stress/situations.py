"""Statements whose checks are made to fail: what leads to them, and what is left of them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Situation:
    name: str
    # The statements; each is a transaction of its own unless they say otherwise.
    statements: tuple
    # Whether they add violations of level error, so that `enforce` refuses one of them.
    is_bad: bool
    # What was there before.
    before: tuple = ()
    # Takes away what may be left, with the guard off.
    after: tuple = ("DROP TABLE IF EXISTS s, s_new, parent, part CASCADE",)


PARENT = "CREATE TABLE parent (id bigint NOT NULL, made timestamptz NOT NULL) PARTITION BY RANGE (id)"
PART = "CREATE TABLE part PARTITION OF parent FOR VALUES FROM (0) TO (9)"
GOOD_TABLE = "CREATE TABLE s (id bigint CONSTRAINT pk_s PRIMARY KEY, c bigint)"
LEGACY = "CREATE TABLE s (id bigint, made timestamp, c bigint REFERENCES customers)"
KEY = "ALTER TABLE s ADD CONSTRAINT fk_s_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"
INDEX = "CREATE INDEX ix_s_c ON s (c)"

SITUATIONS = (
    Situation("a good table", (GOOD_TABLE,), False),
    Situation("a bad table", (LEGACY,), True),
    Situation("a bad type in a procedure's language", ("DO $$ BEGIN CREATE TABLE s (made timestamp); END $$",), True),
    Situation(
        "a caught refusal",
        (
            "DO $$ BEGIN CREATE TABLE s (made timestamp); EXCEPTION WHEN OTHERS THEN "
            "CREATE TABLE s_new (made timestamp); END $$",
        ),
        True,
    ),
    Situation("a bad column", ("ALTER TABLE s ADD COLUMN made timestamp, ADD COLUMN n bigint",), True, (GOOD_TABLE,)),
    Situation("a good column of an old table", ("ALTER TABLE s ADD COLUMN n bigint",), False, (LEGACY,)),
    Situation("a key without an index", (KEY,), True, (GOOD_TABLE,)),
    Situation("a key and its index", ("BEGIN", KEY, INDEX, "COMMIT"), False, (GOOD_TABLE,)),
    Situation("a key whose index is rolled back",
              ("BEGIN", KEY, "SAVEPOINT a", INDEX, "ROLLBACK TO a", "COMMIT"), True, (GOOD_TABLE,)),
    Situation("an index dropped", ("DROP INDEX ix_s_c",), True, (GOOD_TABLE, KEY, INDEX)),
    Situation("an index dropped concurrently", ("DROP INDEX CONCURRENTLY ix_s_c",), True, (GOOD_TABLE, KEY, INDEX)),
    Situation("a partition attached and detached",
              ("ALTER TABLE parent DETACH PARTITION part", "ALTER TABLE parent ATTACH PARTITION part "
               "FOR VALUES FROM (0) TO (9)"), False, (PARENT, PART)),
    Situation("a bad column of a partitioned table", ("ALTER TABLE parent ADD COLUMN t timestamp",), True,
              (PARENT, PART)),
    Situation("a prepared transaction",
              ("BEGIN", GOOD_TABLE, KEY, "PREPARE TRANSACTION 's'", "COMMIT PREPARED 's'"), True),
    Situation("an explained table", ("EXPLAIN ANALYZE CREATE TABLE s AS SELECT now()::timestamp AS made",), True),
    Situation("a row type", ("CREATE DOMAIN s_type AS timestamp", "CREATE TABLE s (a s_type)"), True,
              after=("DROP TABLE IF EXISTS s", "DROP DOMAIN IF EXISTS s_type")),
)
