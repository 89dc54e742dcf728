"""A table without a primary key. The rule is checked on the final state of the transaction."""

import pytest
from rule_test import Exemption, RuleTest

RULE = "table_without_primary_key"

LINK = "CREATE TABLE tags (id bigint CONSTRAINT pk_tags PRIMARY KEY)"
KEYED = "CREATE TABLE keyed (id bigint CONSTRAINT pk_keyed PRIMARY KEY, code int NOT NULL)"
BY_YEAR = "CREATE TABLE ev (id bigint, at date NOT NULL) PARTITION BY RANGE (extract(year FROM at))"
EV = "CREATE TABLE ev (id bigint, at date NOT NULL) PARTITION BY RANGE (at)"


class TestTableWithoutPrimaryKey(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", "CREATE TABLE t (a int)", "t"),
        ("no_columns", "", "CREATE TABLE t ()", "t"),
        ("unique", "", "CREATE TABLE t (a int NOT NULL UNIQUE)", "t"),
        ("table_as", KEYED, "CREATE TABLE t AS TABLE keyed", "t"),
        ("like", KEYED, "CREATE TABLE t (LIKE keyed)", "t"),
        ("dropped", KEYED, "ALTER TABLE keyed DROP CONSTRAINT pk_keyed", "keyed"),
        ("column_dropped", KEYED, "ALTER TABLE keyed DROP COLUMN id", "keyed"),
        ("partitioned", "", EV, "ev"),
        ("inherits", KEYED, "CREATE TABLE t () INHERITS (keyed)", "t"),
        ("detached_from_a_table_that_can_have_none", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT",
         "ALTER TABLE ev DETACH PARTITION ev1", "ev1"),
        ("touched_and_detached", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT",
         ["ALTER TABLE ev1 SET (fillfactor = 70)", "ALTER TABLE ev DETACH PARTITION ev1"], "ev1"),
        ("detached_from_a_partition", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT PARTITION BY RANGE (id); CREATE TABLE ev2 PARTITION OF ev1 DEFAULT",
         "ALTER TABLE ev1 DETACH PARTITION ev2", "ev2"),
        ("parents_key_for_itself", "", ["CREATE TABLE ev (id bigint NOT NULL) PARTITION BY RANGE (id)",
         "CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ONLY ev ADD PRIMARY KEY (id)"], "ev1"),
        ("two_tables", "", "CREATE SCHEMA s CREATE TABLE t (a int) CREATE TABLE u (a int)", ["s.t", "s.u"]),
    ]

    good = [
        ("keyed", "", KEYED),
        ("composite", "", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))"),
        ("like_indexes", KEYED, "CREATE TABLE t (LIKE keyed INCLUDING INDEXES)"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("detached_partition", f"{EV}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("attached_in_time", EV, ["BEGIN", "CREATE TABLE ev1 (LIKE ev)", "ALTER TABLE ev ATTACH PARTITION ev1 DEFAULT", "COMMIT"]),
        ("partition_by_expression", BY_YEAR, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("subpartition_by_expression", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT PARTITION BY RANGE (id)", "CREATE TABLE ev2 PARTITION OF ev1 DEFAULT"),
        ("partition_changed", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev1 ADD CHECK (id > 0)"),
        ("detached_with_a_key", f"{BY_YEAR}; CREATE TABLE ev1 PARTITION OF ev DEFAULT; ALTER TABLE ev1 ADD PRIMARY KEY (id)", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("by_expression", "", "CREATE TABLE t (at date) PARTITION BY RANGE (extract(year FROM at))"),
        ("legacy", "CREATE TABLE t (a int)", ["ALTER TABLE t ADD b int", "ALTER TABLE t RENAME TO u", "COMMENT ON TABLE u IS ''"]),
        ("legacy_fixed", "CREATE TABLE t (a int)", "ALTER TABLE t ADD PRIMARY KEY (a)"),
        ("legacy_loses_a_column", "CREATE TABLE t (a int, b int)", "ALTER TABLE t DROP COLUMN b"),
        ("fixed_later", "", ["BEGIN", "CREATE TABLE t (a int)", "ALTER TABLE t ADD PRIMARY KEY (a)", "COMMIT"]),
        ("replaced", KEYED, ["BEGIN", "ALTER TABLE keyed DROP CONSTRAINT pk_keyed", "ALTER TABLE keyed ADD PRIMARY KEY (code)", "COMMIT"]),
        ("dropped_again", "", ["BEGIN", "CREATE TABLE t (a int)", "DROP TABLE t", "COMMIT"]),
        ("temporary", "", "CREATE TEMPORARY TABLE t (a int)"),
        ("migration_table", "", "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)"),
        ("types", "", ["CREATE TYPE c AS (a int)", "CREATE DOMAIN d AS int", "CREATE TYPE e AS ENUM ('a')", "CREATE VIEW v AS SELECT 1"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u",
    )

    fixes = [
        ("no_columns", "", "CREATE TABLE t ()", "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;"),
        ("plain", "", "CREATE TABLE t (a int)", "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;"),
        ("id", "", "CREATE TABLE t (a int, id int)", "pk_t PRIMARY KEY (id)"),
        ("identity", "", "CREATE TABLE t (a int, n int GENERATED ALWAYS AS IDENTITY)", "pk_t PRIMARY KEY (n)"),
        ("serial", "", "CREATE TABLE t (a int, n serial)", "pk_t PRIMARY KEY (n)"),
        ("unique", "", "CREATE TABLE t (a int NOT NULL UNIQUE, id int)", "pk_t PRIMARY KEY (a)"),
        ("unique_but_null", "", "CREATE TABLE t (a int UNIQUE)", "ADD COLUMN id bigint"),
        ("link", LINK, "CREATE TABLE t (c bigint REFERENCES customers, t bigint REFERENCES tags)", "PRIMARY KEY (c, t)"),
        ("partitioned", "", "CREATE TABLE t (at date) PARTITION BY RANGE (at)", "ADD COLUMN id uuid DEFAULT gen_random_uuid();\nALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY (id, at)"),
        ("dropped", KEYED, "ALTER TABLE keyed DROP CONSTRAINT pk_keyed", "pk_keyed PRIMARY KEY (id)"),
        ("name_taken", "CREATE TABLE pk_t (id int PRIMARY KEY)", "CREATE TABLE t (a int)", "ADD CONSTRAINT pk_t_2"),
        ("odd_names", "", 'CREATE TABLE "T 1" ("select" serial)', '"pk_T 1" PRIMARY KEY ("select")'),
    ]  # fmt: skip


SERVER = "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;" \
    "GRANT USAGE ON FOREIGN SERVER far TO app"


def test_a_foreign_table_cannot_have_one(guard):
    guard.administer(SERVER)
    guard.check_only(RULE).passes("CREATE FOREIGN TABLE t (a int) SERVER far")


@pytest.mark.parametrize("preset", ["recommended", "django", "rails"])
def test_a_warning_in_the_presets_of_most(guard, preset):
    guard.configure(preset=preset).warns("CREATE TABLE t (a int)", adds=f"{RULE} t")


def test_fix_with_rows(guard):
    guard.prepare("CREATE TABLE t (id bigint PRIMARY KEY, a int)", "INSERT INTO t SELECT n, n FROM generate_series(1, 9) n")
    guard.check_only(RULE).configure(mode="warn", primary_key_types="uuid")
    guard.session.run("ALTER TABLE t DROP COLUMN id")
    guard.session.run(guard.session.take_messages()[0].hint)
    assert guard.session.rows("SELECT count(DISTINCT id), pg_typeof(min(id::text)::uuid)::text FROM t") == [(9, "uuid")]
