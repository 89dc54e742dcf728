"""A bad value is refused when it is set, with an error that names the bad part."""

import pytest

BAD_VALUES = [
    # setting, value, what the error names
    ("mode", "loud", "loud"),
    ("mode", "", "guardrail.mode"),
    ("mode", "on", '"on"'),
    ("preset", "hard", "hard"),
    ("preset", "", "guardrail.preset"),
    ("max_messages", "0", "1 .. 2147483647"),
    ("max_messages", "many", '"many"'),
    ("journal", "perhaps", "guardrail.journal"),
    ("log_refusals", "2", "guardrail.log_refusals"),
    ("journal_keep", "1 yaer", '"yaer" is not a unit'),
    ("journal_keep", "1 year, 6 months", '"year,"'),
    ("journal_keep", "year", '"year" stands where a number should'),
    ("journal_keep", "90", '"90" has no unit'),
    ("journal_keep", "-1 day", '"-1"'),
    ("journal_keep", "1 day 2 days", '"days" is a unit that occurs twice'),
    ("journal_keep", "0 days", "no time at all"),
    ("journal_keep", "5000 years", "longer than 1000 years"),
    ("fk_without_index", "fatal", "fatal"),
    ("fk_without_index", "enforce", "enforce"),
    ("unnamed_constraint", "errors", "errors"),
    ("fk_on_delete_actions", "cascade, explode", "explode"),
    ("fk_on_delete_actions", "cascade restrict", "cascade restrict"),
    ("fk_on_delete_actions", "cascade,, restrict", "empty"),
    ("fk_on_delete_actions", "cascade,", "empty"),
    ("fk_on_delete_actions", ",", "empty"),
    ("named_constraint_kinds", "primary key, not null", "not null"),
    ("named_constraint_kinds", "chek", "chek"),
    ("named_constraint_kinds", "check,,unique", "empty"),
    ("fk_index_ignored_columns", "tenant_id,,region", "empty"),
    ("fk_index_ignored_columns", " , ", "empty"),
    ("exempt_schemas", "good, (open", "(open"),
    ("exempt_schemas", "a,,b", "empty"),
    ("exempt_schemas", "[z-a]", "[z-a]"),
    ("exempt_tables", "*", "*"),
    ("exempt_tables", "ok,tmp_)", "tmp_)"),
    ("exempt_tables", r"(\w)\1", r"\1"),
    ("exempt_tables", "(?=look)x", "(?=look)x"),
    ("exempt_tables", ",t", "empty"),
    ("exempt_roles", "one,,two", "empty"),
]


@pytest.mark.parametrize("setting, value, named", BAD_VALUES)
def test_refused_when_set(preloaded_guard, setting, value, named):
    guard = preloaded_guard
    guard.user = "postgres"
    before = guard.session.rows(f"SHOW guardrail.{setting}")
    sqlstate, text = guard.session.expect_error(f"SET guardrail.{setting} = '{value}'")
    assert sqlstate == "22023", text
    assert f"guardrail.{setting}" in text
    assert named in text, text
    assert guard.session.rows(f"SHOW guardrail.{setting}") == before
    for sql in (
        f"ALTER DATABASE {guard.dbname} SET guardrail.{setting} = '{value}'",
        f"ALTER ROLE postgres SET guardrail.{setting} = '{value}'",
        f"ALTER SYSTEM SET guardrail.{setting} = '{value}'",
        f"SELECT set_config('guardrail.{setting}', '{value}', false)",
    ):
        assert guard.session.expect_error(sql)[0] == "22023", sql


@pytest.mark.parametrize(
    "name",
    [
        "guardrail.fk_without_indx",
        "guardrail.modes",
        "guardrail.fk_without_index.level",
        "guardrail.rules.fk_without_index",
        'guardrail."Unnamed"',
    ],
)
def test_unknown_settings_are_refused(preloaded_guard, name):
    guard = preloaded_guard
    guard.user = "postgres"
    if guard.version < 15:
        pytest.skip("they are warned about: test_unknown_settings.py")
    sqlstate, text = guard.session.expect_error(f"SET {name} = 'error'")
    assert sqlstate in ("42602", "42704"), text
    assert name.replace('"', "") in text, text


def test_a_misspelt_rule_set_before_the_library_came_is_reported_and_forgotten(late_guard):
    guard = late_guard
    guard.user = "postgres"
    guard.session.run("SET guardrail.fk_without_indx = 'off'")
    guard.session.run("CREATE TABLE t (id int)")
    texts = [message.primary for message in guard.session.messages if message.severity == "WARNING"]
    assert any("guardrail.fk_without_indx" in text for text in texts), texts
    if guard.version >= 15:
        assert guard.session.expect_error("SHOW guardrail.fk_without_indx")[0] == "42704"


def test_a_bad_value_stored_before_the_library_came_does_not_loosen_the_guard(late_guard):
    """The value is ignored with a warning, and the default holds."""
    guard = late_guard
    guard.configure(timestamp_without_time_zone="quiet", exempt_tables="(open", fk_on_delete_actions="explode")
    guard.session.expect_refusal("CREATE TABLE t (made timestamp)")
    texts = [message.primary for message in guard.session.messages if message.severity == "WARNING"]
    for value in ("quiet", "(open", "explode"):
        assert any(value in text for text in texts), texts
    assert guard.session.last_violations() == ["timestamp_without_time_zone t.made"]


@pytest.mark.parametrize("name", ["varchar(0)", "numeric(5000)", "bit(0)", "varchar(1,2)", "int(3)", "varchar(", "no.such"])
def test_a_bad_type_stored_before_the_library_came_leaves_nothing_behind(late_guard, name):
    """The transaction that loads the library goes on and commits, and nothing is left of the look-up that failed."""
    guard = late_guard.configure(preset="none")
    guard.configure(primary_key_types=name)
    guard.session.run("CREATE TABLE t (id bigint CONSTRAINT pk_t PRIMARY KEY)")
    (warning,) = guard.session.messages
    assert warning.primary == 'parameter "guardrail.primary_key_types" names a type that does not exist'
    assert warning.detail.startswith(f'primary_key_types: type "{name}" does not exist.')


def test_case_and_spaces_do_not_matter(preloaded_guard):
    guard = preloaded_guard
    guard.user = "postgres"
    guard.passes(
        "SET guardrail.mode = 'ENFORCE'",
        "SET guardrail.preset = 'Core'",
        "SET guardrail.fk_on_delete_actions = ' CASCADE ,  Set   Null '",
        """SET guardrail.discouraged_types = '{"SERIAL": "generated always as identity"}'""",
        "SET guardrail.named_constraint_kinds = 'Primary Key,CHECK'",
        "SET guardrail.unnamed_constraint = Warning",
        "SET guardrail.exempt_schemas = ' a , b '",
    )


@pytest.mark.parametrize("value", ["on", "ON", " On ", "true", "T", "yes", "y", "1", "off", "OF", "False", "no", "n", "0"])
def test_a_switch_takes_what_postgresql_takes(preloaded_guard, value):
    guard = preloaded_guard.check_only("fk_without_index")
    guard.user = "postgres"
    guard.passes(f"SET guardrail.fk_index_may_follow = '{value}'")
    severity = "NOTICE" if guard.session.rows(f"SELECT trim('{value}')::boolean") == [(True,)] else "ERROR"
    made = "CREATE TABLE t (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
    if severity == "NOTICE":
        guard.warns(made, adds="fk_without_index t.fk", severity=severity)
    else:
        guard.refuses(made, adds="fk_without_index t.fk")


@pytest.mark.parametrize("value", ["", "o", "2", "onn", "enabled"])
def test_what_is_no_switch(preloaded_guard, value):
    preloaded_guard.user = "postgres"
    sqlstate, text = preloaded_guard.session.expect_error(f"SET guardrail.fk_index_may_follow = '{value}'")
    assert sqlstate == "22023"
    assert f'"{value}" is neither on nor off.' in text


def test_empty_lists_of_exemptions_are_fine(preloaded_guard):
    guard = preloaded_guard
    guard.user = "postgres"
    guard.passes(*(f"SET guardrail.exempt_{kind} = ''" for kind in ("schemas", "tables", "roles")))
    guard.passes("SET guardrail.fk_index_ignored_columns = ''")
    guard.refuses("CREATE TABLE t (made timestamp)", adds="timestamp_without_time_zone t.made")
