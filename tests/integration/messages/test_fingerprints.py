"""A fingerprint is the same in every database that has the same fault, whatever the names and the numbers in it are."""

ROWS = "SELECT rule, coalesce(column_name, constraint_name, index_name), fingerprint FROM {} ORDER BY 1, 2"
AUDIT = ROWS.format("guardrail.audit()")
RULES = ["fk_without_on_delete", "fk_without_index", "duplicate_fk", "fk_type_mismatch", "unnamed_constraint",
         "timestamp_without_time_zone", "duplicate_index", "misnamed_index", "constraint_not_validated"]  # fmt: skip

TABLE = """
    CREATE TABLE t (id int, c int, at timestamp, CHECK (id > 0), CHECK (id > 1),
        FOREIGN KEY (c) REFERENCES customers, FOREIGN KEY (c) REFERENCES customers);
    ALTER TABLE t ADD CONSTRAINT late CHECK (c > 0) NOT VALID;
    CREATE INDEX a ON t (at); CREATE INDEX b ON t (at); CREATE INDEX d ON t (at) WHERE id > 0;
"""
SAME_TABLE = """
    CREATE TABLE other (id int); DROP TABLE other;
    CREATE TABLE t (gone int, at timestamp, c int, id int); ALTER TABLE t DROP COLUMN gone;
    CREATE INDEX z ON t (at) WHERE id > 0; CREATE INDEX y ON t (at); CREATE INDEX x ON t (at);
    ALTER TABLE t ADD CONSTRAINT never CHECK (c > 0) NOT VALID;
    ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers, ADD CHECK (id > 1), ADD CHECK (id > 0);
    ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers;
"""


def fingerprints(rows):
    return sorted((rule, fingerprint) for rule, _, fingerprint in rows)


def test_the_same_table_made_in_another_way(guard):
    guard.prepare(TABLE)
    guard.check_only(*RULES)
    first = guard.session.rows(AUDIT)
    assert {rule for rule, _, _ in first} == set(RULES)
    assert len({fingerprint for _, _, fingerprint in first}) == len(first)
    guard.prepare("DROP TABLE t", SAME_TABLE)
    second = guard.session.rows(AUDIT)
    assert fingerprints(second) == fingerprints(first)
    assert [name for _, name, _ in second] != [name for _, name, _ in first]


def test_renames_of_other_things(guard):
    guard.prepare(TABLE)
    guard.check_only(*RULES)
    before = fingerprints(guard.session.rows(AUDIT))
    guard.prepare(
        "ALTER INDEX a RENAME TO q",
        "ALTER TABLE t RENAME CONSTRAINT late TO later",
        "ALTER TABLE customers RENAME COLUMN id TO number",
        "ALTER TABLE t RENAME CONSTRAINT t_c_fkey TO t_c_fkey7",
    )
    assert fingerprints(guard.session.rows(AUDIT)) == before


def test_the_statement_and_the_audit_agree(guard):
    guard.check_only(*RULES).configure(mode="warn")
    guard.session.run("CREATE TABLE t (id int, c int, at timestamp, CHECK (id > 0), CHECK (id > 1),"
                      " FOREIGN KEY (c) REFERENCES customers, FOREIGN KEY (c) REFERENCES customers)")  # fmt: skip
    told = guard.session.rows(ROWS.format("guardrail.last_violations()"))
    assert guard.session.rows(AUDIT) == told
    assert len(told) == len({fingerprint for _, _, fingerprint in told}) > 8
