"""What the audit looks at and what it leaves out."""

import told

RULE = "timestamp_without_time_zone"


def audit(session):
    return sorted(".".join(filter(None, one.about[4:7])) for one in told.read(session, "audit").values())


def test_temporary_tables(guard):
    guard.check_only(RULE).configure(mode="warn")
    other = guard.connect()
    for session in (guard.session, other):
        session.run("CREATE TEMPORARY TABLE passing (a timestamp)")
        session.run("CREATE TYPE pg_temp.passing_type AS (a timestamp)")
        session.run("CREATE DOMAIN pg_temp.passing_domain AS timestamp")
    assert audit(guard.session) == []
    assert audit(other) == []


def test_a_child_that_is_a_temporary_table_of_another_session(guard):
    guard.prepare("CREATE TABLE parent (a timestamp DEFAULT now(), b text)")
    other = guard.connect()
    other.run("CREATE TEMPORARY TABLE child () INHERITS (parent); INSERT INTO child VALUES (now(), NULL)")
    guard.check_only(RULE, "nullable_column")
    found = [one for one in audit(guard.session) if one.startswith("public.parent")]
    assert found == ["public.parent.a", "public.parent.a", "public.parent.b"]


def test_what_settings_exempt(guard):
    guard.prepare("CREATE SCHEMA attic; CREATE TABLE attic.t (a timestamp); CREATE TABLE t (a timestamp)")
    guard.prepare("CREATE TABLE other (a timestamp); CREATE DOMAIN attic.d AS timestamp")
    assert audit(guard.check_only(RULE).session) == ["attic.d", "attic.t.a", "public.other.a", "public.t.a"]
    assert audit(guard.configure(exempt_schemas="att.*").session) == ["public.other.a", "public.t.a"]
    assert audit(guard.configure(exempt_schemas="", exempt_tables=r"public\.t|attic\.d").session) == [
        "attic.t.a",
        "public.other.a",
    ]


def test_exempt_tables_has_patterns_with_and_without_a_schema(guard):
    guard.prepare("CREATE SCHEMA attic; CREATE TABLE attic.t (a timestamp); CREATE TABLE t (a timestamp)")
    guard.check_only(RULE)
    assert audit(guard.configure(exempt_tables="t").session) == []
    assert audit(guard.configure(exempt_tables=r"attic\.t").session) == ["public.t.a"]
    assert audit(guard.configure(exempt_tables=r"other").session) == ["attic.t.a", "public.t.a"]


def test_the_mode_and_exempt_roles_are_about_statements(guard):
    guard.prepare("CREATE TABLE t (a timestamp)")
    guard.check_only(RULE)
    for mode in ("off", "warn", "enforce"):
        assert audit(guard.configure(mode=mode).session) == ["public.t.a"]
    assert audit(guard.configure(exempt_roles="app").session) == ["public.t.a"]


def test_the_rules_are_those_of_the_session(guard):
    guard.prepare("CREATE TABLE t (a timestamp)")
    session = guard.configure(preset="none").connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert audit(session) == []
    session.run(f"SET guardrail.{RULE} = notice")
    assert [one.about[1] for one in told.read(session, "audit").values()] == ["notice"]


def test_members_of_extensions(guard):
    guard.prepare("CREATE TABLE t (a timestamp); CREATE TABLE u (a timestamp)")
    guard.check_only(RULE)
    guard.administer("ALTER EXTENSION pg_guardrail ADD TABLE t")
    assert audit(guard.session) == ["public.u.a"]
    guard.administer("ALTER EXTENSION pg_guardrail DROP TABLE t")
    assert audit(guard.session) == ["public.t.a", "public.u.a"]


def test_the_schema_of_the_extension(guard):
    guard.administer("CREATE TABLE guardrail.t (a timestamp)", "CREATE TABLE information_schema.t (a timestamp)")
    assert audit(guard.check_only(RULE).session) == []
    guard.administer("DROP TABLE guardrail.t, information_schema.t")


FAMILIES = [
    "CREATE TABLE p (a timestamp, b int) PARTITION BY RANGE (b)",
    "CREATE TABLE p1 PARTITION OF p DEFAULT",
    "CREATE TABLE parent (a timestamp)",
    "CREATE TABLE child (b timestamp) INHERITS (parent)",
    "CREATE TABLE again (a timestamp) INHERITS (parent)",
    "CREATE TYPE pair AS (a timestamp)",
    "CREATE TABLE typed OF pair",
    "CREATE TABLE copied (LIKE parent)",
    "CREATE TABLE selected AS SELECT * FROM parent",
    "CREATE TABLE of_rows (a pair, b parent, c p1[])",
]


def test_what_has_it_from_elsewhere(guard):
    """The audit lists what the statements were told of, for parents, partitions, children, types, copies and row types."""
    guard.check_only(RULE).configure(mode="warn")
    reported = {}
    for sql in FAMILIES:
        guard.session.run(sql)
        reported |= told.read(guard.session, "last_violations")
    found = audit(guard.session)
    assert {"public.p.a", "public.parent.a", "public.child.b", "public.pair.a", "public.copied.a"} < set(found)
    assert not [one for one in found if one in ("public.p1.a", "public.child.a", "public.again.a")]
    # What uses a type by now is in the way of its fix.
    about = {one.fingerprint: one.about for one in told.read(guard.session, "audit").values()}
    assert about == {one.fingerprint: one.about for one in reported.values()}


def test_what_comes_from_an_exempt_parent(guard):
    """It is checked when it leaves, by the statement as by the audit."""
    guard.check_only(RULE).configure(mode="warn", exempt_tables="p|parent")
    for sql in FAMILIES[:4]:
        guard.session.run(sql)
    assert audit(guard.session) == ["public.child.b"]
    guard.session.run("ALTER TABLE p DETACH PARTITION p1")
    assert audit(guard.session) == ["public.child.b", "public.p1.a"]
    guard.session.run("ALTER TABLE child NO INHERIT parent")
    assert audit(guard.session) == ["public.child.a", "public.child.b", "public.p1.a"]


def test_other_kinds_of_relations(guard):
    guard.prepare("CREATE TABLE t (a timestamp); CREATE VIEW v AS TABLE t; CREATE MATERIALIZED VIEW m AS TABLE t")
    guard.prepare("CREATE TYPE e AS ENUM ('a'); CREATE TYPE r AS RANGE (subtype = timestamp); CREATE SEQUENCE s")
    guard.administer("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    guard.administer("CREATE FOREIGN TABLE f (a timestamp) SERVER s")
    assert audit(guard.check_only(RULE).session) == ["public.f.a", "public.t.a"]
    guard.administer("DROP FOREIGN DATA WRAPPER w CASCADE")
