"""A database in which the conventions were adopted late, and what must be the same in every copy of it."""

EXEMPTIONS = """
    SELECT id, rule, relation, object, reason, expires_at::text, created_by, created_at
    FROM guardrail.exemptions ORDER BY id
"""
FROZEN = "SELECT * FROM guardrail.frozen ORDER BY fingerprint"
# What was granted stays granted: here the right to exempt.
GRANTS = """
    SELECT proname, grantee::regrole::text, privilege_type FROM pg_proc, aclexplode(proacl)
    WHERE pronamespace = 'guardrail'::regnamespace ORDER BY 1, 2, 3
"""
# A fix may depend on whether a table has rows now, or an index is large; it is not compared.
AUDIT = """
    SELECT rule, level, moment, object_kind, schema_name, table_name, column_name, constraint_name, index_name, data_type,
        message, reason, fingerprint, certain, status
    FROM guardrail.audit() AS audit ORDER BY audit::text COLLATE "C"
"""

# Faults of every kind, some twice, under names that need care.
FAULTS = [
    "CREATE SCHEMA other",
    "CREATE DOMAIN naive AS timestamp",
    "CREATE TYPE pair AS (id int, made timestamp)",
    """CREATE TABLE orders (id int PRIMARY KEY, made timestamp, gone text, code varchar(20) UNIQUE, age int CHECK (age > 0),
        felt naive, pair pair, customer_id bigint REFERENCES customers, room int4range, EXCLUDE USING gist (room WITH &&))""",
    "ALTER TABLE orders DROP gone",
    "ALTER TABLE orders ADD CONSTRAINT twin FOREIGN KEY (customer_id) REFERENCES customers",
    "ALTER TABLE orders ADD CONSTRAINT triplet FOREIGN KEY (customer_id) REFERENCES customers NOT VALID",
    "CREATE INDEX ON orders (code)",
    "CREATE INDEX ON orders (age)",
    "CREATE INDEX again ON orders (age)",
    "CREATE TABLE heir (extra timestamp) INHERITS (orders)",
    "CREATE TABLE ev (id int, made timestamp, c bigint REFERENCES customers) PARTITION BY RANGE (id)",
    "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
    "CREATE UNLOGGED TABLE fleeting (id serial, made json)",
    """CREATE TABLE other."Odd ""t"" <b>" ("at\ttab" timestamp, "é🙂" money, "c" bigint REFERENCES customers)""",
    "CREATE MATERIALIZED VIEW seen AS SELECT made FROM orders",
    "INSERT INTO customers VALUES (1, 1)",
    "INSERT INTO orders (id, customer_id) SELECT n, 1 FROM generate_series(1, 100) AS n",
]
LATER = "CREATE TABLE later (made timestamp, since timestamp, c bigint CONSTRAINT fk_later REFERENCES customers)"

# Exemptions of two people, with and without an end; one is over, and the last number is no longer in use.
EXEMPT = [
    "SET SESSION AUTHORIZATION app",
    "SELECT guardrail.exempt('timestamp_without_time_zone', 'orders', 'made', E'It''s \\\\.\\nold')",
    """SELECT guardrail.exempt('*', 'other."Odd ""t"" <b>"', NULL, 'a name', '2999-12-31 23:59:59.123456+05:30')""",
    "SELECT guardrail.exempt('unnamed_constraint', 'ev', NULL, 'none', 'infinity')",
    "RESET SESSION AUTHORIZATION",
    "INSERT INTO guardrail.exemptions (rule, relation, object, reason, expires_at)"
    " VALUES ('timestamp_without_time_zone', 'heir, h.*', '.*', 'over', '2001-02-03 04:05:06+00')",
    "SELECT guardrail.exempt('fk_without_index', 'nothing', 'fk', 'matches nothing')",
    "SELECT guardrail.exempt('*', 'orders', 'code', 'taken back')",
    "DELETE FROM guardrail.exemptions WHERE reason = 'taken back'",
]


def prepare(guard):
    """Fills a database with faults, of which some are exempt, some frozen, and some open."""
    guard.prepare(*FAULTS)
    guard.administer(
        "GRANT EXECUTE ON FUNCTION guardrail.exempt TO app",
        *EXEMPT,
        "SET guardrail.preset = house",
        "SELECT guardrail.freeze()",
        "UPDATE guardrail.frozen SET frozen_at = '2020-02-20 20:20:20.202020+00' WHERE table_name = 'ev'",
    )
    guard.prepare(LATER)


def describe(cluster, dbname):
    """The exemptions, the baseline, the audit and the grants of a database."""
    with cluster.connect(dbname, options="-c guardrail.preset=house") as admin:
        return [admin.execute(query).fetchall() for query in (EXEMPTIONS, FROZEN, AUDIT, GRANTS)]


def next_number(cluster, dbname):
    """The number that the next exemption gets."""
    with cluster.connect(dbname) as admin:
        sql = "SELECT guardrail.exempt('unnamed_constraint', 'the_next', NULL, 'counting on')"
        return admin.execute(sql).fetchone()[0]
