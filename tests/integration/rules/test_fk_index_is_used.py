"""An index supports a foreign key exactly where PostgreSQL's own query for the referencing rows uses it.

For each case the test deletes a referenced row, with sequential scans made as unattractive as can be, and counts how
PostgreSQL looked for the referencing rows. The rule must agree, and its fix must make an index that is used.
"""

import cases
import fixes

RULE = "fk_without_index"

# (id, referenced column, referencing column, index)
CASES = [
    ("same", "bigint", "bigint", "(c)"),
    ("wider", "bigint", "int", "(c)"),
    ("narrower", "int", "bigint", "(c)"),
    ("numeric", "numeric", "numeric(9)", "(c)"),
    ("int_to_numeric", "numeric", "int", "(c)"),
    ("int_to_double", "double precision", "int", "(c)"),
    ("real_to_double", "double precision", "real", "(c)"),
    ("int_to_oid", "oid", "int", "(c)"),
    ("date_to_timestamp", "timestamp", "date", "(c)"),
    ("timestamp_to_timestamptz", "timestamptz", "timestamp", "(c)"),
    ("text", "text", "text", "(c)"),
    ("varchar_to_text", "text", "varchar(20)", "(c)"),
    ("text_to_varchar", "varchar(20)", "text", "(c)"),
    ("char_to_text", "text", "char(10)", "(c)"),
    ("text_to_char", "char(10)", "text", "(c)"),
    ("text_to_char_by_its_class", "char(10)", "text", "(c bpchar_ops)"),
    ("text_to_name", "name", "text", "(c)"),
    ("text_to_name_in_c", "name", "text", '(c COLLATE "C")'),
    ("name_to_text", "text", "name", "(c)"),
    ("collated", "text", "text", '(c COLLATE "C")'),
    ("collated_column", "text", 'text COLLATE "C"', "(c)"),
    ("collated_column_otherwise", "text", 'text COLLATE "C"', '(c COLLATE "POSIX")'),
    ("collated_key", 'text COLLATE "C"', "text", "(c)"),
    ("collated_key_and_index", 'text COLLATE "C"', "text", '(c COLLATE "C")'),
    ("collated_differently", 'text COLLATE "C"', 'text COLLATE "POSIX"', "(c)"),
    ("pattern", "text", "text", "(c text_pattern_ops)"),
    ("varchar_pattern", "varchar", "varchar", "(c varchar_pattern_ops)"),
    ("char_pattern", "char(10)", "char(10)", "(c bpchar_pattern_ops)"),
    ("pattern_in_c", "text", "text", '(c COLLATE "C" text_pattern_ops)'),
    ("hash", "text", "text", "USING hash (c)"),
    ("hash_pattern", "text", "text", "USING hash (c text_pattern_ops)"),
    ("hash_of_another_type", "bigint", "int", "USING hash (c)"),
    ("hash_collated", "text", "text", 'USING hash (c COLLATE "C")'),
    ("nondeterministic", "text COLLATE folded", "text COLLATE folded", "(c)"),
    ("nondeterministic_key", "text COLLATE folded", "text", "(c)"),
    ("nondeterministic_key_and_index", "text COLLATE folded", "text", "(c COLLATE folded)"),
    ("nondeterministic_column", "text", "text COLLATE folded", "(c)"),
    ("domain", "label", "label", "(c)"),
    ("to_domain", "label", "text", "(c)"),
    ("of_domain", "text", "label", "(c)"),
    ("of_integer_domain", "bigint", "count", "(c)"),
    ("collated_domain", "code", "code", "(c)"),
    ("to_collated_domain", "code", "text", "(c)"),
    ("to_collated_domain_in_its_collation", "code", "text", '(c COLLATE "C")'),
    ("enum", "mood", "mood", "(c)"),
    ("array", "int[]", "int[]", "(c)"),
    ("range", "int4range", "int4range", "(c)"),
    ("uuid", "uuid", "uuid", "(c)"),
    ("cidr_to_inet", "inet", "cidr", "(c)"),
    ("bit", "bit varying", "bit(1)", "(c)"),
    ("reversed_class", "bigint", "bigint", "(c backwards)"),
    ("jsonb", "jsonb", "jsonb", "(c)"),
    ("own_family", "bigint", "bigint", "(c by_rest)"),
]  # fmt: skip

SETUP = (
    # Only ICU has collations that are not deterministic, and not every build has ICU.
    "CREATE COLLATION folded (locale = 'C')",
    "UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'folded'",
    "CREATE DOMAIN label AS text",
    "CREATE DOMAIN count AS int",
    'CREATE DOMAIN code AS text COLLATE "C"',
    "CREATE TYPE mood AS ENUM ('1', '2')",
    # Both order by something else. The first one is a family of its own with PostgreSQL's own "=".
    "CREATE FUNCTION backwards(bigint, bigint) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint8cmp($2, $1)'",
    """CREATE OPERATOR CLASS backwards FOR TYPE bigint USING btree AS
        OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 backwards(bigint, bigint)""",
    "CREATE FUNCTION same(bigint, bigint) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2'",
    "CREATE OPERATOR === (FUNCTION = same, LEFTARG = bigint, RIGHTARG = bigint, COMMUTATOR = ===)",
    """CREATE OPERATOR CLASS by_rest FOR TYPE bigint USING btree AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 ===, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint8cmp(bigint, bigint)""",
    "GRANT ALL ON SCHEMA public TO app",
)

VALUES = {
    "int[]": "{1}", "int4range": "[1,2)", "uuid": "00000000-0000-0000-0000-000000000001", "date": "2020-01-01",
    "timestamp": "2020-01-01", "timestamptz": "2020-01-01", "inet": "10.0.0.0/8",
}  # fmt: skip
KEY = "ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES parent ON DELETE CASCADE"


def is_index_used(guard):
    """Whether deleting a referenced row finds the referencing ones by an index."""
    session = guard.connect("postgres")
    session.run("SET guardrail.mode = off")
    session.run("SET enable_seqscan = off")
    session.run("BEGIN")
    scans = "SELECT coalesce(seq_scan, 0), coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = 'child'"
    before = session.rows(scans)[0]
    session.run("DELETE FROM parent")
    after = session.rows(scans)[0]
    session.run("ROLLBACK")
    session.connection.close()
    assert sum(after) > sum(before), "nobody looked for referencing rows"
    return after[0] == before[0]


@cases.parametrize("referenced, referencing, index", CASES)
def test_measured(guard, referenced, referencing, index):
    guard.administer(*SETUP)
    value = VALUES.get(referenced, "1")
    guard.prepare(
        f"CREATE TABLE parent (c {referenced} PRIMARY KEY)",
        f"CREATE TABLE child (c {referencing})",
        f"INSERT INTO parent VALUES ('{value}')",
        f"INSERT INTO child VALUES ('{value}')",
        f"CREATE INDEX child_c ON child {index}",
    )
    guard.check_only(RULE)
    if guard.version >= 18 and referenced != referencing and "folded" in referenced + referencing:
        assert guard.session.expect_error(KEY)[0] == "42P21", "PostgreSQL refuses such a key"
        return
    guard.prepare(KEY)
    is_used = is_index_used(guard)
    guard.prepare("ALTER TABLE child DROP CONSTRAINT fk")
    if is_used:
        guard.passes(KEY)
        return
    found = fixes.refuse(guard, KEY)
    assert {fix.rule for fix in found} == {RULE}
    guard.passes(*fixes.write_again(found, KEY))
    assert is_index_used(guard), found
