"""A table that only links rows and may link them twice. The rule is checked on the final state of the transaction."""

from rule_test import Exemption, RuleTest

RULE = "join_table_without_composite_key"

TAGS = "CREATE TABLE tags (id bigint PRIMARY KEY)"
C = "c bigint NOT NULL REFERENCES customers"
G = "g bigint NOT NULL REFERENCES tags"
STAMPS = "created_at timestamptz, updated_at timestamptz"
LINK = f"CREATE TABLE t ({C}, {G})"
OLD = f"{TAGS}; {LINK}"
KEYED = f"{TAGS}; CREATE TABLE t ({C}, {G}, CONSTRAINT pk_t PRIMARY KEY (c, g))"


class TestJoinTableWithoutCompositeKey(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", TAGS, LINK, "t"),
        ("nullable", TAGS, "CREATE TABLE t (c bigint REFERENCES customers, g bigint REFERENCES tags)", "t"),
        ("with_id", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G})", "t"),
        ("with_id_and_stamps", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G}, {STAMPS})", "t"),
        ("three", TAGS, f"CREATE TABLE t ({C}, {G}, h bigint REFERENCES tags)", "t"),
        ("same_table_twice", "", f"CREATE TABLE t ({C}, d bigint REFERENCES customers)", "t"),
        ("composite", "", "CREATE TABLE t (tenant_id bigint, a bigint, b bigint, FOREIGN KEY (tenant_id, a) REFERENCES customers (tenant_id, id),"
         " FOREIGN KEY (tenant_id, b) REFERENCES customers (tenant_id, id))", "t"),
        ("index_not_unique", TAGS, [LINK, "CREATE INDEX ON t (c, g)"], "t"),
        ("partial_unique", TAGS, [LINK, "CREATE UNIQUE INDEX ON t (c, g) WHERE c > 0"], "t"),
        ("key_with_more", TAGS, f"CREATE TABLE t ({C}, {G}, {STAMPS}, UNIQUE (c, g, created_at))", "t"),
        ("key_dropped", KEYED, "ALTER TABLE t DROP CONSTRAINT pk_t", "t"),
        ("becomes_one", f"{TAGS}; CREATE TABLE t ({C}, {G}, amount int)", "ALTER TABLE t DROP amount", "t"),
        ("foreign_key_added", f"{TAGS}; CREATE TABLE t ({C}, g bigint)", "ALTER TABLE t ADD FOREIGN KEY (g) REFERENCES tags", "t"),
        ("partitioned", TAGS, f"CREATE TABLE t ({C}, {G}) PARTITION BY HASH (c)", "t"),
    ]  # fmt: skip

    good = [
        ("primary_key", TAGS, f"CREATE TABLE t ({C}, {G}, PRIMARY KEY (g, c))"),
        ("unique", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G}, UNIQUE (c, g))"),
        ("unique_index", TAGS, ["BEGIN", LINK, "CREATE UNIQUE INDEX ON t (c, g) WHERE c IS NOT NULL", "COMMIT"]),
        ("two_of_three", TAGS, f"CREATE TABLE t ({C}, {G}, h bigint REFERENCES tags, UNIQUE (c, g))"),
        ("quantity", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G}, quantity int)"),
        ("event", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G}, viewed_at timestamptz)"),
        ("optional", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, g bigint REFERENCES tags)"),
        ("one_to_one", TAGS, f"CREATE TABLE t (c bigint PRIMARY KEY REFERENCES customers, {G})"),
        ("one_foreign_key", TAGS, f"CREATE TABLE t ({C}, g bigint)"),
        ("twice_the_same", TAGS, f"CREATE TABLE t ({C}, FOREIGN KEY (c) REFERENCES tags)"),
        ("fixed_later", TAGS, ["BEGIN", LINK, "ALTER TABLE t ADD UNIQUE (c, g)", "COMMIT"]),
        ("replaced", KEYED, ["BEGIN", "ALTER TABLE t DROP CONSTRAINT pk_t", "ALTER TABLE t ADD UNIQUE (g, c)", "COMMIT"]),
        ("legacy", OLD, ["ALTER TABLE t RENAME c TO d", "ALTER TABLE t RENAME TO u", "CREATE INDEX ON u (d)"]),
        ("legacy_fixed", OLD, "ALTER TABLE t ADD PRIMARY KEY (c, g)"),
        ("legacy_gets_stamps", OLD, f"ALTER TABLE t ADD {STAMPS.replace(', ', ', ADD ')}"),
        ("partition", f"{TAGS}; CREATE TABLE t ({C}, {G}) PARTITION BY HASH (c)", "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0)"),
        ("partitioned_by_a_stamp", TAGS, f"CREATE TABLE t ({C}, {G}, {STAMPS}, UNIQUE (c, g, created_at)) PARTITION BY RANGE (created_at)"),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (a int)"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes=LINK,
        leaves="ALTER TABLE t RENAME TO u",
        violations="u",
        setup=TAGS,
    )

    fixes = [
        ("plain", TAGS, LINK, "pk_t PRIMARY KEY (c, g)"),
        ("nullable", TAGS, "CREATE TABLE t (c bigint REFERENCES customers, g bigint REFERENCES tags)", "pk_t PRIMARY KEY (c, g)"),
        ("with_id", TAGS, f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G}, {STAMPS})", "uq_t_c_g UNIQUE (c, g)"),
        ("partitioned", TAGS, f"CREATE TABLE t ({C}, {G}, {STAMPS}) PARTITION BY RANGE (created_at)", "PRIMARY KEY (c, g, created_at)"),
        ("key_dropped", KEYED, "ALTER TABLE t DROP CONSTRAINT pk_t", "pk_t PRIMARY KEY (c, g)"),
    ]  # fmt: skip


def test_the_tenant_does_not_count(guard):
    guard.prepare(TAGS)
    guard.check_only(RULE).configure(tenant_column="c").passes(f"CREATE TABLE t (id bigint PRIMARY KEY, {C}, {G})")
    guard.refuses(f"CREATE TABLE u ({C}, {G}, h bigint REFERENCES tags)", adds=f"{RULE} u")


def test_other_columns_that_every_table_has(guard):
    guard.prepare(TAGS)
    guard.check_only(RULE).configure(required_columns='{"made": {"type": "date"}}').passes(f"CREATE TABLE t ({C}, {G}, {STAMPS})")
    guard.refuses(f"CREATE TABLE u ({C}, {G}, made date)", adds=f"{RULE} u")
