"""With `fk_index_may_follow` a new key may be committed before its index is made, outside of a transaction block."""

import pytest

RULE = "fk_without_index"
T = "CREATE TABLE t (id bigint CONSTRAINT pk_t PRIMARY KEY, c bigint)"
KEY = "ALTER TABLE t ADD CONSTRAINT fk_t_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"
INDEX = "CREATE INDEX ix_t_c ON t (c)"
COLUMN = "ALTER TABLE t ADD d bigint CONSTRAINT fk_t_c REFERENCES customers ON DELETE CASCADE"


@pytest.fixture
def following(guard):
    guard.prepare(T)
    return guard.check_only(RULE).configure(fk_index_may_follow="on")


DJANGO = f"{COLUMN}; SET CONSTRAINTS fk_t_c IMMEDIATE"


@pytest.mark.parametrize("sql", [KEY, COLUMN, DJANGO, f"DO $$BEGIN {KEY}; END$$"])
def test_by_itself_it_is_a_notice(following, sql):
    (message,) = following.warns(sql, adds=f"{RULE} t.fk_t_c", severity="NOTICE")
    assert f"Rule: {RULE} (notice)." in message.detail
    following.passes(message.hint, "ALTER TABLE t ADD e int")


@pytest.mark.parametrize("commit", ["COMMIT", "COMMIT AND CHAIN", "PREPARE TRANSACTION 'x'"])
def test_in_a_block_the_index_is_due_at_the_commit(following, commit):
    following.refuses("BEGIN", KEY, commit, adds=f"{RULE} t.fk_t_c")
    following.session.run("ROLLBACK")
    following.passes_in_transaction(KEY, INDEX)


def test_a_block_in_one_message_is_a_block(following):
    following.refuses(f"BEGIN; {KEY}; COMMIT", adds=f"{RULE} t.fk_t_c")


@pytest.mark.parametrize("sql", ["DROP INDEX ix_t_c", "DROP INDEX CONCURRENTLY ix_t_c"])
def test_taking_the_index_away_is_refused_as_ever(following, sql):
    following.prepare(KEY, INDEX)
    following.refuses(sql, adds=f"{RULE} t.fk_t_c")


def test_a_warning_becomes_a_notice_and_off_stays_off(following):
    following.configure(fk_without_index="warning").warns(KEY, adds=f"{RULE} t.fk_t_c", severity="NOTICE")
    following.configure(fk_without_index="off").passes(COLUMN.replace("fk_t_c", "fk_t_d"))


@pytest.mark.parametrize("preset", ["django", "rails"])
def test_where_the_tool_makes_the_key_first(guard, preset):
    guard.prepare(T)
    guard.configure(preset=preset).warns(KEY, adds=f"{RULE} t.fk_t_c", severity="NOTICE")


@pytest.mark.parametrize("preset", ["core", "recommended", "house"])
def test_elsewhere_it_is_refused(guard, preset):
    guard.prepare(T)
    guard.configure(preset=preset, unrecorded_migration="off").refuses(KEY, adds=f"{RULE} t.fk_t_c")


def test_a_wrong_value_is_refused_when_set(guard):
    session = guard.as_superuser().session
    session.run("LOAD 'pg_guardrail'")
    state, text = session.expect_error("SET guardrail.fk_index_may_follow = 'perhaps'")
    assert state == "22023"
    assert "neither on nor off" in text
