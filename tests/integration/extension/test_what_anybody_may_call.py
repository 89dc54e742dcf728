"""What anybody may call shows nobody what they may not read, and takes no time that cannot be cancelled."""

import psycopg
import pytest

FIXES = "SELECT fix, fix_caution FROM guardrail.audit('.*', 'secret')"


@pytest.fixture
def outsider(guard):
    """A session of a role that has no right to the tables of others."""
    guard.check_only("nullable_boolean")
    guard.administer("CREATE ROLE outsider LOGIN")
    try:
        yield guard.connect("outsider")
    finally:
        guard.administer("DROP OWNED BY outsider", "DROP ROLE outsider")


def test_the_audit_does_not_tell_what_is_in_a_table(guard, outsider):
    guard.administer("CREATE TABLE secret (id int, flag boolean)")
    owner = guard.as_superuser().session
    empty_to_owner, empty_to_other = owner.rows(FIXES), outsider.rows(FIXES)
    guard.administer("INSERT INTO secret VALUES (1, NULL)")
    full_to_owner = owner.rows(FIXES)
    assert empty_to_owner != full_to_owner
    assert outsider.rows(FIXES) == empty_to_other
    guard.administer("DELETE FROM secret", "GRANT SELECT ON secret TO outsider")
    assert outsider.rows(FIXES) == empty_to_owner
    guard.administer("ALTER TABLE secret ENABLE ROW LEVEL SECURITY")
    assert outsider.rows(FIXES) == empty_to_other


@pytest.mark.parametrize("length", [10_001, 1_000_000])
def test_a_long_pattern_is_refused_at_once(guard, length):
    guard.session.run("SET statement_timeout = '2s'")
    with pytest.raises(psycopg.errors.InvalidRegularExpression, match="10000 bytes"):
        guard.session.rows(f"SELECT 1 FROM guardrail.audit(left(repeat('\\w{{1,50}}', {length}), {length}))")


def test_a_line_with_a_null_character_is_refused_with_its_number(guard):
    line = '{"rule":"fk_without_index","schema":"a","table":"%s","kind":"k","object":null,"fingerprint":"%s"}'
    lines = "\n".join([line % ("b", "0" * 16), line % (r"b\u0000", "1" * 16)])
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="line 2 of the baseline"):
        guard.as_superuser().session.connection.execute("SELECT guardrail.import_frozen(%s)", (lines,))
