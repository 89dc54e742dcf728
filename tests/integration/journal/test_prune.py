"""guardrail.prune_journal() removes what is older than guardrail.journal_keep."""

import threading

import pytest

# Days, by which entries are old.
AGES = [0, 1, 20, 89, 91, 364, 369, 3000]
ADD = (
    "INSERT INTO guardrail.journal (written_at, session_user_name, current_user_name, application_name, tag, rule, level,"
    " object_kind, fingerprint, message) SELECT now() - make_interval(days => age), 'a', 'a', '', 'DROP TABLE', 'r',"
    " 'notice', 'statement', age, 'm' FROM unnest({}) AS age"
)
LEFT = "SELECT fingerprint::int FROM guardrail.journal ORDER BY id"


@pytest.fixture
def filled(guard):
    guard.administer(ADD.format(f"ARRAY{AGES}"))
    return guard


def left(guard):
    return [age for (age,) in guard.observe(LEFT)]


@pytest.mark.parametrize(
    "keep, days",
    [
        (None, 365),
        ("90 days", 90),
        ("36 hours", 1.5),
        ("1 week", 7),
        ("1 year 2 days", 368.5),
        ("12 months 1 day", 366.5),
        ("1.5 YEARS", 548),
        ("3000days", 2999.9),
        ("1000 years", 99999),
        ("", 99999),
    ],
)
def test_what_is_older_is_removed(filled, keep, days):
    if keep is not None:
        filled.configure(journal_keep=keep)
    session = filled.as_superuser().session
    # The interval's text means the same whatever the session is set to.
    session.run("SET intervalstyle = 'sql_standard'; SET datestyle = 'german'; SET search_path = ''")
    kept = [age for age in AGES if age < days]
    assert session.rows("SELECT guardrail.prune_journal()") == [(len(AGES) - len(kept),)]
    assert left(filled) == kept
    assert session.rows("SELECT guardrail.prune_journal()") == [(0,)]


def test_it_is_rolled_back(filled):
    session = filled.as_superuser().session
    session.run("BEGIN")
    assert session.rows("SELECT guardrail.prune_journal()") == [(2,)]
    session.run("ROLLBACK")
    assert left(filled) == AGES


def test_who_may(filled):
    """EXECUTE alone counts."""
    assert filled.session.expect_error("SELECT guardrail.prune_journal()")[0] == "42501"
    filled.administer("GRANT EXECUTE ON FUNCTION guardrail.prune_journal() TO app")
    assert filled.session.rows("SELECT guardrail.prune_journal()") == [(2,)]
    assert filled.session.expect_error("DELETE FROM guardrail.journal")[0] == "42501"
    filled.administer("REVOKE EXECUTE ON FUNCTION guardrail.prune_journal() FROM app")


def test_a_read_only_transaction(filled):
    session = filled.as_superuser().session
    session.run("BEGIN READ ONLY")
    assert session.expect_error("SELECT guardrail.prune_journal()")[0] == "25006"
    session.run("ROLLBACK")


def test_nobody_waits(filled):
    """Another session that removes the same, or adds, is not waited for."""
    first, second = (filled.connect("postgres") for _ in range(2))
    for session in (first, second):
        session.run("SET lock_timeout = '1s'")
        session.run("BEGIN")
    assert first.rows("SELECT guardrail.prune_journal()") == [(2,)]
    assert second.rows("SELECT guardrail.prune_journal()") == [(0,)]
    filled.administer(ADD.format("ARRAY[4000]"))
    first.run("COMMIT")
    assert second.rows("SELECT guardrail.prune_journal()") == [(1,)]
    second.run("COMMIT")
    assert left(filled) == AGES[:-2]


def test_many_at_once(filled):
    filled.administer(ADD.format("array_fill(500, ARRAY[20000])"))
    counts, failures = [], []

    def prune():
        try:
            with filled.cluster.connect(filled.dbname) as admin:
                counts.append(admin.execute("SELECT guardrail.prune_journal()").fetchone()[0])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=prune) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(counts) == 20002
    assert left(filled) == AGES[:-2]


def test_without_the_table(own):
    members = ("TABLE guardrail.journal", "SEQUENCE guardrail.journal_id_seq")
    own.administer(*(f"ALTER EXTENSION pg_guardrail DROP {member}" for member in members), f"DROP {members[0]}")
    own.user = "postgres"
    error = "the table guardrail.journal is missing Drop the extension and create it again."
    assert own.session.expect_error("SELECT guardrail.prune_journal()") == ("42P01", error)
    own.configure(mode="warn", journal="on")
    own.warns("CREATE TABLE t (made timestamp)", adds="timestamp_without_time_zone t.made")
