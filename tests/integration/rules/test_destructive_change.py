"""DROP TABLE and DROP COLUMN where the table or the column holds data."""

import cases
import fixes
import pytest
from rule_test import RuleTest

RULE = "destructive_change"

SETUP = ";".join([
    "CREATE TABLE t (a int, b int, none int)",
    "INSERT INTO t VALUES (1, NULL, NULL), (2, 5, NULL), (3, NULL, NULL)",
    "CREATE TABLE empty (a int)",
    # The columns have other numbers in the partition than in the table, and one partition of two has rows.
    "CREATE TABLE ev (a int, b int, none int) PARTITION BY LIST (a)",
    "CREATE TABLE ev1 (x int, none int, b int, a int)",
    "ALTER TABLE ev1 DROP x",
    "ALTER TABLE ev ATTACH PARTITION ev1 FOR VALUES IN (1)",
    "CREATE TABLE ev2 PARTITION OF ev FOR VALUES IN (2)",
    "INSERT INTO ev VALUES (1, 1, NULL)",
    "CREATE TABLE parent (a int, b int)",
    "CREATE TABLE child (b int) INHERITS (parent)",
    "INSERT INTO child VALUES (1, 1)",
    "CREATE SCHEMA side",
    'CREATE TABLE side."T" ("A" int)',
    'INSERT INTO side."T" VALUES (1)',
])

# (id, statement, what is dropped)
DROPS_DATA = [
    ("table", "DROP TABLE t", "t"),
    ("if_exists", "DROP TABLE IF EXISTS t", "t"),
    ("several", "DROP TABLE empty, t", "t"),
    ("both", "DROP TABLE t, ev", ["t", "ev"]),
    ("cascade", "DROP TABLE t CASCADE", "t"),
    ("schema", 'DROP TABLE side."T"', "side.T"),
    ("column", "ALTER TABLE t DROP COLUMN b", "t.b"),
    ("column_if_exists", "ALTER TABLE IF EXISTS t DROP COLUMN IF EXISTS a", "t.a"),
    ("columns", "ALTER TABLE t DROP a, DROP b, DROP none", ["t.a", "t.b"]),
    ("beside", "ALTER TABLE t ADD c int, DROP a, ALTER b SET NOT NULL", "t.a"),
    ("only", "ALTER TABLE ONLY t DROP a", "t.a"),
    ("do", "DO $$ BEGIN DROP TABLE t; END $$", "t"),
    ("execute", "DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE t'; END $$", "t"),
    ("partitioned", "DROP TABLE ev", "ev"),
    ("partition", "DROP TABLE ev1", "ev1"),
    ("partitioned_column", "ALTER TABLE ev DROP b", "ev.b"),
    ("inherited_column", "ALTER TABLE parent DROP a", "parent.a"),
    ("child", "DROP TABLE child", "child"),
]
DROPS_NOTHING = [
    ("empty", "DROP TABLE empty"),
    ("empty_column", "ALTER TABLE t DROP none"),
    ("partitioned_column_without_values", "ALTER TABLE ev DROP none"),
    ("empty_partition", "DROP TABLE ev2"),
    ("detach", "ALTER TABLE ev DETACH PARTITION ev1"),
    # The child keeps its column.
    ("only_the_parent_s", "ALTER TABLE ONLY parent DROP a"),
    ("the_child_s_own", "ALTER TABLE parent DROP b"),
    ("rename", "ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME TO u"),
    ("not_there", "DROP TABLE IF EXISTS nothing; ALTER TABLE IF EXISTS nothing DROP a; ALTER TABLE t DROP IF EXISTS c"),
    ("emptied", "DELETE FROM t; DROP TABLE t"),
    ("emptied_column", "UPDATE t SET b = NULL; ALTER TABLE t DROP b"),
    ("truncated", "TRUNCATE t; DROP TABLE t"),
    ("temporary", "CREATE TEMP TABLE tmp AS SELECT 1 AS a; ALTER TABLE tmp DROP a; DROP TABLE tmp"),
    ("view", "CREATE VIEW v AS TABLE t; DROP VIEW v"),
    ("materialized_view", "CREATE MATERIALIZED VIEW v AS TABLE t; DROP MATERIALIZED VIEW v"),
    ("attribute", "CREATE TYPE pair AS (a int, b int); ALTER TYPE pair DROP ATTRIBUTE b"),
    ("index", "CREATE INDEX ix ON t (a); DROP INDEX ix"),
    # The page of the rule says that it does not check these statements.
    ("schema", "DROP SCHEMA side CASCADE"),
    ("owned", "DROP OWNED BY app"),
    ("along_with_the_parent", "DROP TABLE parent CASCADE"),
    ("truncate", "TRUNCATE t"),
]


class TestDestructiveChange(RuleTest):
    rule = RULE

    bad = [(case, SETUP, statement, violations) for case, statement, violations in DROPS_DATA]
    good = [(case, SETUP, statement) for case, statement in DROPS_NOTHING]


@pytest.fixture
def guarded(guard):
    """The tables are there, and the guard checks this rule alone."""
    guard.prepare(SETUP)
    return guard.check_only(RULE)


def test_message(guarded):
    message = guarded.refuses('ALTER TABLE side."T" DROP "A"', adds=f"{RULE} side.T.A")
    assert message.primary == 'column "A" of table "side.T" holds data that DROP COLUMN would lose'
    message = guarded.refuses("DROP TABLE t", adds=f"{RULE} t")
    assert message.primary == 'table "public.t" holds data that DROP TABLE would lose'


LONG = "t" * 63
FIX = [
    ("table", "DROP TABLE t", "ALTER TABLE public.t RENAME TO t_old;"),
    ("column", "ALTER TABLE t DROP a", "ALTER TABLE public.t RENAME COLUMN a TO a_old;"),
    ("capitals", 'DROP TABLE side."T"', 'ALTER TABLE side."T" RENAME TO t_old;'),
    ("taken", "DROP TABLE u", "ALTER TABLE public.u RENAME TO u_old_2;"),
    ("column_taken", "ALTER TABLE u DROP a", "ALTER TABLE public.u RENAME COLUMN a TO a_old_2;"),
    ("long", f"DROP TABLE {LONG}", f"ALTER TABLE public.{LONG} RENAME TO {LONG[:61]}_2;"),
]


@cases.parametrize("sql, rename", FIX)
def test_fix(guard, sql, rename):
    """The fix is the rename that may have been meant."""
    guard.prepare(SETUP, "CREATE TABLE u_old (a int); CREATE TABLE u AS SELECT 1 AS a, 2 AS a_old", f"CREATE TABLE {LONG} AS SELECT 1 AS a")
    guard.check_only(RULE)
    assert guard.session.expect_refusal(sql).hint == f"Instead run:\n{rename}"
    guard.passes(*fixes.of_kind(fixes.read(guard.session), "instead"))


def test_least_rows(guard):
    """The rows of all partitions count together. For a column only the rows count in which it has a value."""
    guard.prepare(SETUP, "INSERT INTO ev VALUES (1), (2)")
    guard.check_only(RULE).configure(destructive_change_min_rows="3")
    guard.passes("ALTER TABLE t DROP b", "DROP TABLE child", "ALTER TABLE ev DROP b", "DROP TABLE ev1")
    guard.refuses("ALTER TABLE t DROP a", adds=f"{RULE} t.a")
    guard.refuses("DROP TABLE t", adds=f"{RULE} t")
    guard.configure(destructive_change_min_rows="4").passes("DROP TABLE t")


def test_what_the_transaction_itself_did_counts(guarded):
    guarded.refuses_in_transaction("INSERT INTO empty VALUES (1)", "DROP TABLE empty", adds=f"{RULE} empty")
    guarded.passes_in_transaction("SAVEPOINT a", "INSERT INTO empty VALUES (1)", "ROLLBACK TO a", "DROP TABLE empty")


def test_a_value_that_was_never_written_counts(guarded):
    """PostgreSQL keeps the default of a new column in the catalog, and does not write it into the rows."""
    guarded.passes("ALTER TABLE t ADD c int DEFAULT 1", "ALTER TABLE t ADD d int")
    guarded.refuses("ALTER TABLE t DROP c", adds=f"{RULE} t.c")
    guarded.passes("ALTER TABLE t DROP d")


@pytest.fixture
def big(guard):
    """There is a table of more than 100 pages, and the guard checks this rule alone."""
    guard.prepare(
        "CREATE TABLE big (a int, none int, seldom int, filler char(900))",
        "INSERT INTO big SELECT g, NULL, nullif(g % 100, 0), 'x' FROM generate_series(1, 2000) g",
    )
    assert guard.observe("SELECT pg_relation_size('big') > 100 * 8192") == [(True,)]
    return guard.check_only(RULE)


def test_big_without_statistics(big):
    """The table is taken to hold data, in every column."""
    big.refuses("DROP TABLE big", adds=f"{RULE} big")
    for column in "a", "none":
        big.refuses(f"ALTER TABLE big DROP {column}", adds=f"{RULE} big.{column}")


def test_big_with_statistics(big):
    big.prepare("ANALYZE big")
    big.passes("ALTER TABLE big DROP none")
    big.refuses("DROP TABLE big", adds=f"{RULE} big")
    for column in "a", "seldom":
        big.refuses(f"ALTER TABLE big DROP {column}", adds=f"{RULE} big.{column}")
    big.configure(destructive_change_min_rows="2001").passes("DROP TABLE big")


def test_a_table_that_somebody_else_has_locked_is_not_waited_for(guarded):
    """The estimate decides: as there are no statistics, the table is taken to hold data."""
    with guarded.cluster.connect(guarded.dbname) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE t, empty")
        guarded.session.run("SET statement_timeout = '5s'")
        guarded.refuses("DROP TABLE t", adds=f"{RULE} t")
        guarded.refuses("DROP TABLE empty", adds=f"{RULE} empty")
        other.execute("ROLLBACK")
    guarded.passes("DROP TABLE empty")


def test_who_may_drop(guard):
    """PostgreSQL itself refuses a role that may not drop the table, and the role learns nothing of the rows."""
    guard.prepare(SETUP)
    guard.administer("GRANT ALL ON SCHEMA side TO stranger", "CREATE SCHEMA hidden; CREATE TABLE hidden.h AS SELECT 1 AS a",
                     "CREATE TABLE side.theirs AS SELECT 1 AS a; ALTER TABLE side.theirs OWNER TO stranger")  # fmt: skip
    guard.check_only(RULE)
    assert guard.session.expect_error("ALTER TABLE side.theirs DROP a") == ("42501", "must be owner of table theirs")
    assert guard.session.expect_error("DROP TABLE hidden.h") == ("42501", "permission denied for schema hidden")
    guard.refuses("DROP TABLE side.theirs", adds=f"{RULE} side.theirs")  # as the schema's owner
    guard.administer("ALTER SCHEMA side OWNER TO postgres; GRANT ALL ON SCHEMA side TO app")
    assert guard.session.expect_error("DROP TABLE side.theirs") == ("42501", "must be owner of table theirs")
    guard.as_superuser().refuses("DROP TABLE side.theirs", adds=f"{RULE} side.theirs")


def test_row_security_hides_nothing(guarded):
    guarded.prepare("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t FORCE ROW LEVEL SECURITY")
    guarded.refuses("DROP TABLE t", adds=f"{RULE} t")


def test_errors_of_postgresql_s_own(guarded):
    assert guarded.session.expect_error("DROP TABLE nothing")[0] == "42P01"
    assert guarded.session.expect_error("ALTER TABLE t DROP nothing")[0] == "42703"
    assert guarded.session.expect_error("DROP TABLE elsewhere.public.t")[0] == "0A000"
    assert guarded.session.expect_error("DROP TABLE nowhere.t")[0] == "3F000"
    assert guarded.session.expect_error("DROP TABLE a.b.c.d")[1].startswith("improper relation name")


def test_exempt(guarded):
    guarded.configure(exempt_schemas="side", exempt_tables="ev.*")
    guarded.passes('ALTER TABLE side."T" DROP "A"', 'DROP TABLE side."T"', "DROP TABLE ev1", "DROP TABLE ev")
    guarded.refuses("DROP TABLE t", adds=f"{RULE} t")
    guarded.configure(exempt_roles="app").passes("DROP TABLE t")


def test_legacy(guarded):
    """The rule is about data that was there before. What was dropped while the rule was off is no violation later."""
    guarded.prepare("ALTER TABLE t DROP a")
    guarded.passes("ALTER TABLE t ADD a int", "ALTER TABLE t DROP a")


def test_fixed_later(guarded):
    """The statement is checked before it runs, as nothing later in the transaction brings the data back."""
    guarded.refuses_in_transaction("DROP TABLE t", adds=f"{RULE} t")


def test_warn(guarded):
    guarded.configure(mode="warn").warns("DROP TABLE t", adds=f"{RULE} t")
    assert guarded.observe("SELECT FROM pg_class WHERE relname = 't'") == []


EMPTIES = [
    ("column", ["UPDATE big SET a = NULL"], "ALTER TABLE big DROP a"),
    ("rows", ["DELETE FROM big"], "DROP TABLE big"),
    ("column_of_no_row", ["DELETE FROM big"], "ALTER TABLE big DROP a"),
    ("truncated", ["TRUNCATE big"], "DROP TABLE big"),
    ("in_a_function", ["DO $$ BEGIN UPDATE big SET a = NULL; END $$"], "ALTER TABLE big DROP a"),
    ("in_parts", ["UPDATE big SET a = NULL WHERE a < 1000", "UPDATE big SET a = NULL WHERE a >= 1000"], "ALTER TABLE big DROP a"),
    ("rewritten", ["ALTER TABLE big ALTER a TYPE int USING NULL::int"], "ALTER TABLE big DROP a"),
    ("in_a_subtransaction", ["SAVEPOINT a", "UPDATE big SET a = NULL", "RELEASE a"], "ALTER TABLE big DROP a"),
]  # fmt: skip


@cases.parametrize("before, drop", EMPTIES)
@pytest.mark.parametrize("analyzed", [True, False], ids=["analyzed", "not_analyzed"])
def test_what_the_transaction_has_emptied_is_known(big, analyzed, before, drop):
    if analyzed:
        big.prepare("ANALYZE big")
    big.passes_in_transaction(*before, drop)


def test_what_the_transaction_has_emptied_only_in_part(big):
    big.prepare("ANALYZE big")
    big.refuses_in_transaction("UPDATE big SET a = NULL WHERE a < 2000", "ALTER TABLE big DROP a", adds=f"{RULE} big.a")
    big.refuses_in_transaction("DELETE FROM big WHERE a < 2000", "DROP TABLE big", adds=f"{RULE} big")
    big.refuses_in_transaction(
        "SAVEPOINT a", "UPDATE big SET a = NULL", "ROLLBACK TO a", "ALTER TABLE big DROP a", adds=f"{RULE} big.a"
    )
    big.configure(destructive_change_min_rows="2")
    big.passes_in_transaction("DELETE FROM big WHERE a < 2000", "DROP TABLE big")


def test_emptied_partitions_and_children(guard):
    guard.prepare(
        "CREATE TABLE ev (a int, b int, filler char(900)) PARTITION BY LIST (a)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES IN (1)",
        "CREATE TABLE ev2 PARTITION OF ev FOR VALUES IN (2)",
        "INSERT INTO ev SELECT 1 + g % 2, g, 'x' FROM generate_series(1, 4000) g",
        "ANALYZE ev",
    )
    guard.check_only(RULE).passes("BEGIN", "UPDATE ev SET b = NULL", "ALTER TABLE ev DROP b", "ROLLBACK")
    guard.refuses_in_transaction("UPDATE ev1 SET b = NULL", "ALTER TABLE ev DROP b", adds=f"{RULE} ev.b")
    guard.passes_in_transaction("DELETE FROM ev", "DROP TABLE ev")


def test_what_the_transaction_has_made_holds_nothing_that_could_be_lost(guarded):
    guarded.passes_in_transaction("CREATE TABLE x AS SELECT 1 AS a", "ALTER TABLE x ADD b int DEFAULT 1", "ALTER TABLE x DROP a", "DROP TABLE x")
    guarded.passes_in_transaction("ALTER TABLE t ADD c int DEFAULT 1", "ALTER TABLE t RENAME c TO d", "ALTER TABLE t DROP d")
    guarded.passes_in_transaction(
        "CREATE TABLE ev3 PARTITION OF ev FOR VALUES IN (3)", "INSERT INTO ev VALUES (3, 3)", "DROP TABLE ev3"
    )
    guarded.passes_in_transaction("SAVEPOINT a", "CREATE TABLE x AS SELECT 1 AS a", "RELEASE a", "DROP TABLE x")
    guarded.refuses_in_transaction("ALTER TABLE t RENAME a TO c", "ALTER TABLE t DROP c", adds=f"{RULE} t.c")
    guarded.refuses_in_transaction("ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t DROP a", adds=f"{RULE} t.a")
    guarded.refuses_in_transaction(
        "CREATE TABLE ev3 (a int, b int, none int)", "ALTER TABLE t RENAME TO u", "DROP TABLE u", adds=f"{RULE} u"
    )


def test_generated_columns_hold_nothing_of_their_own(guarded):
    guarded.prepare("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED")
    guarded.passes("ALTER TABLE t DROP c")
    guarded.prepare("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED", "ALTER TABLE t ALTER c DROP EXPRESSION")
    guarded.refuses("ALTER TABLE t DROP c", adds=f"{RULE} t.c")


def test_a_deep_tree_of_children(guarded):
    guarded.prepare("""DO $$ BEGIN
        CREATE TABLE c0 (a int);
        FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE c%s () INHERITS (c%s)', i, i - 1); END LOOP;
        INSERT INTO c300 VALUES (1);
    END $$""")
    guarded.refuses("ALTER TABLE c0 DROP a", adds=f"{RULE} c0.a")


def test_what_holds_no_data_is_dropped_beside_the_rename(guarded):
    (fix,) = fixes.refuse(guarded, "DROP TABLE empty, t")
    assert fix.lines == ["ALTER TABLE public.t RENAME TO t_old;", "DROP TABLE public.empty;"]
    guarded.passes(*fix.lines)
    found = fixes.refuse(guarded, "ALTER TABLE t_old DROP a, DROP b, DROP none, ADD c int")
    assert [fix.lines for fix in found] == [
        ["ALTER TABLE public.t_old RENAME COLUMN a TO a_old;", "ALTER TABLE public.t_old DROP COLUMN \"none\";",
         "-- Run the other subcommands in an ALTER TABLE of their own."],
        ["ALTER TABLE public.t_old RENAME COLUMN b TO b_old;"],
    ]  # fmt: skip
    guarded.passes(*(line for fix in found for line in fix.lines))


def test_what_depends_on_a_table_that_is_dropped_is_not_dropped_with_it(guarded):
    (fix,) = fixes.refuse(guarded, "DROP TABLE parent, child CASCADE")
    assert fix.lines[1] == "-- Drop table public.parent yourself, after what depends on it and is to be kept."
    guarded.prepare("ALTER TABLE empty ADD UNIQUE (a); ALTER TABLE t ADD FOREIGN KEY (none) REFERENCES empty (a)")
    (fix,) = fixes.refuse(guarded, "DROP TABLE empty, t")
    assert fix.lines[1].startswith("-- Drop table public.empty yourself")
    guarded.passes(*fix.lines)


def test_a_required_column_is_added_again(guard):
    guard.prepare("CREATE TABLE x (id int, at timestamptz NOT NULL DEFAULT now())", "INSERT INTO x VALUES (1)")
    guard.check_only(RULE, "missing_required_column")
    guard.configure(required_columns='{"at": {"type": "timestamp with time zone", "not_null": true, "default": true}}')
    (fix,) = fixes.refuse(guard, "ALTER TABLE x DROP COLUMN at")
    assert fix.caution == "gives existing rows its default"
    guard.passes("BEGIN", *fix.lines, "COMMIT")
