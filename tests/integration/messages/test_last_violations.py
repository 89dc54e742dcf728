"""guardrail.last_violations(): the last checked command's violations as rows, also after its error."""

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
UN = "unnamed_constraint"
BAD = "CREATE TABLE t (made timestamp)"
CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"

COLUMNS = [
    "rule",
    "level",
    "moment",
    "object_kind",
    "schema_name",
    "table_name",
    "column_name",
    "constraint_name",
    "data_type",
    "message",
    "reason",
    "fix",
    "fix_applies",
    "fix_caution",
]


def rows(guard):
    return guard.session.rows(f"SELECT {', '.join(COLUMNS)} FROM guardrail.last_violations()")


def test_empty_at_first(either_guard):
    assert rows(either_guard) == []


def test_columns_of_a_column(guard):
    message = guard.session.expect_refusal(BAD)
    (row,) = rows(guard)
    found = dict(zip(COLUMNS, row, strict=True))
    reason = message.detail[: message.detail.index("Rule:")].strip()
    data_type = found.pop("data_type")
    assert "timestamp" in data_type
    assert found == {
        "rule": TS,
        "level": "error",
        "moment": "statement",
        "object_kind": "column",
        "schema_name": "public",
        "table_name": "t",
        "column_name": "made",
        "constraint_name": None,
        "message": message.primary,
        "reason": reason,
        "fix": "made timestamp with time zone",
        "fix_applies": "instead",
        "fix_caution": None,
    }
    assert message.hint == "In CREATE TABLE write:\nmade timestamp with time zone"


def test_columns_of_a_constraint(guard):
    guard.passes("BEGIN", CHILD)
    message = guard.session.expect_refusal("COMMIT")
    (row,) = rows(guard)
    found = dict(zip(COLUMNS, row, strict=True))
    assert found["moment"] == "commit"
    assert found["object_kind"] == "constraint"
    assert (found["rule"], found["constraint_name"], found["column_name"]) == (IX, "fk", None)
    assert (found["fix_applies"], found["fix_caution"]) == ("same transaction", None)
    assert message.hint == "Before COMMIT run:\n" + found["fix"]


def test_levels(guard):
    guard.configure(timestamp_without_time_zone="notice").session.run(BAD)
    assert [row[1] for row in rows(guard)] == ["notice"]
    guard.configure(timestamp_without_time_zone="preset", mode="warn").session.run("ALTER TABLE t ADD gone timestamp")
    assert [row[0] for row in rows(guard)] == [TS]


def test_kept_until_the_next_checked_command(guard):
    guard.session.expect_refusal(BAD)
    guard.passes("SELECT 1", "BEGIN", "ROLLBACK")
    assert guard.session.last_violations() == [f"{TS} t.made"]
    guard.passes("CREATE TABLE good (id int)")
    assert guard.session.last_violations() == []


def test_the_commit_is_a_command_of_its_own(guard):
    guard.configure(mode="warn")
    guard.warns("BEGIN", CHILD, "ALTER TABLE child ADD made timestamp", adds=f"{TS} child.made")
    assert guard.session.last_violations() == [f"{TS} child.made"]
    guard.warns("COMMIT", adds=f"{IX} child.fk")
    assert guard.session.last_violations() == [f"{IX} child.fk"]


def test_a_statement_of_its_own_has_both(guard):
    guard.configure(mode="warn")
    both = [f"{IX} child.fk", f"{UN} child.child_c_check"]
    guard.warns(
        "CREATE TABLE child (c bigint CHECK (c > 0) CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)", adds=both
    )
    assert guard.session.last_violations() == both


def test_a_failed_transaction(guard):
    guard.passes("BEGIN")
    guard.session.expect_refusal(BAD)
    guard.session.run("ROLLBACK")
    assert guard.session.last_violations() == [f"{TS} t.made"]


def test_another_session_s_are_not_shown(guard):
    guard.session.expect_refusal(BAD)
    assert guard.connect().last_violations() == []


def test_every_user_may_ask(guard):
    stranger = guard.connect(user="stranger")
    assert stranger.last_violations() == []
    assert len(stranger.rows("SELECT * FROM guardrail.rules")) >= 4
    assert str(stranger.expect_refusal(BAD)) == f"{TS} t.made"
    assert stranger.last_violations() == [f"{TS} t.made"]


def test_used_in_a_query(guard):
    guard.session.expect_refusal("CREATE TABLE t (made timestamp, gone timestamp)")
    assert guard.session.rows(
        "SELECT r.id, count(*) FROM guardrail.last_violations() v JOIN guardrail.rules r ON r.id = v.rule GROUP BY 1"
    ) == [(TS, 2)]
    assert guard.session.rows("SELECT count(*) FROM guardrail.last_violations() a, guardrail.last_violations() b") == [
        (4,)
    ]


def test_a_discarded_session_forgets_nothing_of_the_guard(guard):
    guard.passes("CREATE TABLE good (id int)", "DISCARD ALL")
    guard.refuses(BAD, adds=f"{TS} t.made")


def test_only_whoever_has_the_role_s_rights_sees_them(guard):
    guard.as_superuser()
    guard.session.run("SET SESSION AUTHORIZATION app")
    guard.session.expect_refusal(BAD)
    assert len(rows(guard)) == 1
    guard.session.run("SET SESSION AUTHORIZATION stranger")
    assert rows(guard) == []
    guard.session.run("RESET SESSION AUTHORIZATION")
    assert len(rows(guard)) == 1, "a superuser sees them"


def test_whoever_may_take_the_role_sees_what_it_was_refused_at_the_commit(guard):
    login = f"deployer_{guard.dbname}"
    guard.administer(f"CREATE ROLE {login} LOGIN NOINHERIT", f"GRANT app TO {login}")
    guard.as_superuser()
    guard.session.run(f"SET SESSION AUTHORIZATION {login}")
    guard.session.run("BEGIN")
    guard.session.run("SET LOCAL ROLE app")
    guard.session.run("CREATE TABLE keys (id bigint CONSTRAINT pk_keys PRIMARY KEY)")
    guard.session.run("CREATE TABLE t (of bigint CONSTRAINT fk_t_of REFERENCES keys ON DELETE CASCADE)")
    guard.session.expect_refusal("COMMIT")
    assert [row[0] for row in guard.session.rows("SELECT current_user")] == [login], "the role is lost"
    assert len(rows(guard)) == 1
    guard.session.run("RESET SESSION AUTHORIZATION")
    guard.administer(f"DROP ROLE {login}")


def test_discard_all_forgets_them(guard):
    guard.session.expect_refusal(BAD)
    guard.session.run("DISCARD ALL")
    assert rows(guard) == []


def test_a_loop_is_remembered_up_to_a_limit(guard):
    guard.configure(mode="warn")
    loop = "FOR i IN 1 .. 1010 LOOP EXECUTE 'CREATE TABLE t (made timestamp)'; DROP TABLE t; END LOOP"
    guard.session.run(f"DO $$ BEGIN {loop}; END $$")
    messages = [message.primary for message in guard.session.take_messages()]
    limits = [message for message in messages if "lists only the first 1000 violations" in message]
    assert len(limits) == 1
    assert len(messages) == 1010 + 1
    assert len(rows(guard)) == 1000
