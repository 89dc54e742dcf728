"""The situations: what may stand in the way of a fix."""

from model import Column, Constraint
from situation import Situation, helper


def column(name, *after, **options):
    return Situation("column", name, after, **options)


def generated(name, type, expression, kind="STORED", **options):
    made = f"GENERATED ALWAYS AS ({expression}) {kind}"
    return column(name, columns=(Column("derived$n", type, not_null=False, made=made),), **options)


def partitioned(name, method, *bounds):
    partitions = tuple(f"CREATE TABLE $s.part_{n} PARTITION OF $t {bound}" for n, bound in enumerate(bounds))
    return column(name, tail=f" PARTITION BY {method} ($c)", in_key=True, partitions=partitions)


SEEN = "CASE WHEN $c IS NULL THEN 0 ELSE 1 END"
TRIGGER = "CREATE FUNCTION $s.watch$n() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
FULL = "ALTER TABLE $t REPLICA IDENTITY FULL"

COLUMN = [
    generated("a generated column over it", "integer", SEEN),
    generated("a generated column that copies it", "$type", "$c"),
    generated("a virtual column over it", "integer", SEEN, "VIRTUAL", since=18),
    column("generated itself", change="generated"),
    column("virtual itself", change="virtual", since=18),
    partitioned("partition key, by range", "RANGE", "DEFAULT"),
    partitioned("partition key, by list", "LIST", "FOR VALUES IN ($value)", "DEFAULT"),
    partitioned("partition key, by hash", "HASH", "FOR VALUES WITH (MODULUS 1, REMAINDER 0)"),
    column("a view", "CREATE VIEW $s.shown$n AS SELECT id, $c AS shown FROM $t"),
    column("a view of a view", "CREATE VIEW $s.shown$n AS SELECT * FROM $t",
           "CREATE VIEW $s.counted$n AS SELECT count(*) AS n FROM $s.shown$n WHERE $c IS NOT NULL"),
    column("an updatable view with grants", "CREATE VIEW $s.shown$n WITH (security_barrier) AS SELECT id, $c FROM $t"
           " WHERE $c IS NOT NULL WITH LOCAL CHECK OPTION", "GRANT SELECT ON $s.shown$n TO app",
           "COMMENT ON VIEW $s.shown$n IS 'what is shown'"),
    column("a materialized view", "CREATE MATERIALIZED VIEW $s.kept$n AS SELECT id, $c AS kept FROM $t",
           "CREATE INDEX ix_kept$n ON $s.kept$n (id)"),
    column("a rule", "CREATE RULE told$n AS ON INSERT TO $t WHERE NEW.$c IS NULL DO ALSO NOTHING"),
    column("a policy", "CREATE POLICY own$n ON $t USING ($c IS NOT NULL)"),
    column("a trigger with WHEN", TRIGGER, "CREATE TRIGGER watched$n BEFORE UPDATE ON $t FOR EACH ROW"
           " WHEN (NEW.$c IS NOT NULL) EXECUTE FUNCTION $s.watch$n()"),
    column("a trigger of columns", TRIGGER, "CREATE TRIGGER watched$n BEFORE UPDATE OF $c ON $t FOR EACH ROW"
           " EXECUTE FUNCTION $s.watch$n()"),
    column("statistics", "CREATE STATISTICS $s.st$n ON $c, mark FROM $t"),
    column("statistics of an expression", "CREATE STATISTICS $s.st$n ON ($c IS NULL), mark FROM $t"),
    column("a publication", "CREATE PUBLICATION told$n FOR TABLE $t"),
    column("a publication with a row filter", FULL, "CREATE PUBLICATION told$n FOR TABLE $t WHERE ($c IS NOT NULL)"),
    column("a publication with a column list", FULL, "CREATE PUBLICATION told$n FOR TABLE $t (id, $c)"),
    column("an index", "CREATE INDEX ix_t_own$n ON $t ($c DESC)"),
    column("an index over an expression", "CREATE INDEX ix_t_own$n ON $t (($c IS NULL), id)"),
    column("a partial index", "CREATE INDEX ix_t_own$n ON $t (mark) WHERE $c IS NOT NULL"),
    column("an index that includes it", "CREATE INDEX ix_t_own$n ON $t (mark) INCLUDE ($c)"),
    column("a unique constraint", "ALTER TABLE $t ADD CONSTRAINT uq_t_own$n UNIQUE ($c)"),
    column("a check", constraints=(Constraint("CHECK ($c IS NOT NULL OR mark > 0)", ("c", "mark"), "ck_t_own$n"),)),
    column("a check of its value", constraints=(Constraint("CHECK ($c <> $value OR mark > 0)", ("c", "mark"), "ck_t_own$n"),)),
    column("an exclusion", constraints=(Constraint("EXCLUDE USING btree ($c WITH =)", ("c",), "ex_t_own$n"),)),
    column("an exclusion's condition", constraints=(
        Constraint("EXCLUDE USING btree (mark WITH =) WHERE ($c IS NOT NULL)", ("mark",), "ex_t_own$n"),)),
    column("a typed table", change="typed"),
    column("inherited", before=(helper("ancestor", "$c $type $null"),), tail=" INHERITS ($s.ancestor)", change="inherited"),
    column("inherited and its own", before=(helper("ancestor", "$c $type $null"),), tail=" INHERITS ($s.ancestor)"),
    column("a child", "CREATE TABLE $s.kid$n (more bigint NOT NULL DEFAULT 1, CONSTRAINT pk_kid$n PRIMARY KEY (id)) INHERITS ($t)"),
    column("a child with two parents", helper("other$n", "$c $type $null"),
           "CREATE TABLE $s.kid$n (CONSTRAINT pk_kid$n PRIMARY KEY (id)) INHERITS ($t, $s.other$n)"),
    column("a grandchild", "CREATE TABLE $s.kid$n (CONSTRAINT pk_kid$n PRIMARY KEY (id)) INHERITS ($t)",
           "CREATE TABLE $s.grandkid$n (CONSTRAINT pk_grandkid$n PRIMARY KEY (id)) INHERITS ($s.kid$n)"),
    column("its row type in a column", helper("uses$n", "row $t NOT NULL")),
    column("its row type in an array", helper("uses$n", "rows $t[] NOT NULL")),
    column("its row type in a domain", "CREATE DOMAIN $s.row_of$n AS $t", helper("uses$n", "row $s.row_of$n NOT NULL")),
    column("a function over it", "CREATE FUNCTION $s.latest$n() RETURNS bigint LANGUAGE sql BEGIN ATOMIC"
           " SELECT count($c) FROM $t; END"),
    column("a function of its row", "CREATE FUNCTION $s.shown$n($t) RETURNS bigint LANGUAGE sql AS 'SELECT 1'"),
    column("a foreign key to it", "ALTER TABLE $t ADD CONSTRAINT uq_t_own$n UNIQUE ($c)", helper(
        "refers$n", "ref $type NOT NULL CONSTRAINT fk_refers_t$n REFERENCES $t ($c) ON DELETE RESTRICT"),
        "CREATE INDEX ix_refers_ref$n ON $s.refers$n (ref)", "INSERT INTO $s.refers$n (ref) VALUES ($value)"),
    column("a foreign key to a pair with it", "ALTER TABLE $t ADD CONSTRAINT uq_t_own$n UNIQUE (mark, $c)", helper(
        "refers$n", "a bigint NOT NULL, b $type NOT NULL, CONSTRAINT fk_refers_t$n FOREIGN KEY (a, b) REFERENCES $t (mark, $c)"
        " ON DELETE RESTRICT"), "CREATE INDEX ix_refers_ab$n ON $s.refers$n (a, b)"),
    column("a foreign key from it", helper("target$n", "code $type NOT NULL CONSTRAINT uq_target_code$n UNIQUE"),
           "INSERT INTO $s.target$n (code) SELECT DISTINCT $c FROM $t WHERE $c IS NOT NULL",
           "ALTER TABLE $t ADD CONSTRAINT fk_t_target$n FOREIGN KEY ($c) REFERENCES $s.target$n (code) ON DELETE RESTRICT",
           "CREATE INDEX ix_t_own$n ON $t ($c)"),
    column("a foreign key to itself", "ALTER TABLE $t ADD CONSTRAINT uq_t_own$n UNIQUE ($c)",
           "ALTER TABLE $t ADD COLUMN up$n $type CONSTRAINT fk_t_up$n REFERENCES $t ($c) ON DELETE SET NULL",
           "CREATE INDEX ix_t_up$n ON $t (up$n)"),
    column("replica identity", "CREATE UNIQUE INDEX uq_t_own$n ON $t ($c)", "ALTER TABLE $t REPLICA IDENTITY USING INDEX uq_t_own$n"),
    column("CLUSTER", "CREATE INDEX ix_t_own$n ON $t ($c)", "ALTER TABLE $t CLUSTER ON ix_t_own$n"),
    column("a default of a sequence", "CREATE SEQUENCE $s.own$n AS bigint START 100",
           "ALTER TABLE $t ALTER COLUMN $c SET DEFAULT nextval('$s.own$n')"),
    column("owner of a sequence", "CREATE SEQUENCE $s.own$n AS integer OWNED BY $t.$c"),
    column("grants and a comment", "GRANT SELECT ($c) ON $t TO app", "ALTER TABLE $t ALTER COLUMN $c SET STATISTICS 50",
           "COMMENT ON COLUMN $t.$c IS 'it''s -- here'"),
    column("NULLs", rows="nulls"),
]  # fmt: skip

TABLE = [
    Situation("table", "no rows", rows="none"),
    Situation("table", "with partitions", tail=" PARTITION BY RANGE (id)", partitions=(
        "CREATE TABLE $s.part_1$n PARTITION OF $t FOR VALUES FROM (MINVALUE) TO (2)",
        "CREATE TABLE $s.part_2$n PARTITION OF $t DEFAULT")),
    Situation("table", "with partitions of partitions", tail=" PARTITION BY RANGE (id)", partitions=(
        "CREATE TABLE $s.part_1$n PARTITION OF $t DEFAULT PARTITION BY HASH (id)",
        "CREATE TABLE $s.part_2$n PARTITION OF $s.part_1$n FOR VALUES WITH (MODULUS 1, REMAINDER 0)")),
    Situation("table", "partitioned, without partitions", tail=" PARTITION BY LIST (id)", rows="none"),
    Situation("column", "a key of two columns", in_key=True),
    Situation("table", "published", ("CREATE PUBLICATION told$n FOR TABLE $t",)),
    Situation("table", "published, replica identity full", (FULL, "CREATE PUBLICATION told$n FOR TABLE $t")),
    Situation("table", "row security", ("ALTER TABLE $t FORCE ROW LEVEL SECURITY", "CREATE POLICY all_rows$n ON $t USING (true)")),
    Situation("table", "a view over the key", ("CREATE VIEW $s.grouped$n AS SELECT *, count(*) AS n FROM $t GROUP BY id",)),
    Situation("table", "referenced", (helper(
        "refers$n", "t_id bigint NOT NULL CONSTRAINT fk_refers_t$n REFERENCES $t (id) ON DELETE RESTRICT"),
        "CREATE INDEX ix_refers_t_id$n ON $s.refers$n (t_id)")),
    Situation("table", "a statement in a function", ("CREATE FUNCTION $s.write$n() RETURNS void LANGUAGE sql BEGIN ATOMIC"
                                                     " UPDATE $t SET mark = mark; END",)),
]  # fmt: skip

INDEX = [
    Situation("index", "the index is the replica identity", ("ALTER TABLE $t REPLICA IDENTITY USING INDEX $i",)),
    Situation("index", "the table is clustered on it", ("ALTER TABLE $t CLUSTER ON $i",)),
    Situation("index", "the index has a comment", ("COMMENT ON INDEX $s.$i IS 'kept'",)),
    Situation("index", "a foreign key needs it", (helper(
        "refers$n", "ref $type NOT NULL CONSTRAINT fk_refers_t$n REFERENCES $t ($c) ON DELETE RESTRICT"),
        "CREATE INDEX ix_refers_ref$n ON $s.refers$n (ref)")),
    Situation("index", "a foreign key uses it", (
        helper("target$n", "code $type NOT NULL CONSTRAINT uq_target_code$n UNIQUE"),
        "INSERT INTO $s.target$n (code) SELECT DISTINCT $c FROM $t",
        "ALTER TABLE $t ADD CONSTRAINT fk_t_target$n FOREIGN KEY ($c) REFERENCES $s.target$n (code) ON DELETE RESTRICT")),
    Situation("constraint", "the constraint has a comment", ("COMMENT ON CONSTRAINT $k ON $t IS 'kept'",)),
    Situation("constraint", "a foreign key needs it", (helper(
        "refers$n", "ref $type NOT NULL CONSTRAINT fk_refers_t$n REFERENCES $t ($c) ON DELETE RESTRICT"),
        "CREATE INDEX ix_refers_ref$n ON $s.refers$n (ref)")),
]  # fmt: skip

HARD_NAMES = {
    "a quote": 'the "name"',
    "an apostrophe": "it's",
    "a newline": "two\nlines",
    "a comment sign": "a -- b",
    "an open comment": "a /* b",
    "a semicolon": "a; DROP TABLE b; --",
    "a backslash": "a\\nb",
    "dollars": "a$$b$1",
    "per cent": "a%s%I",
    "63 bytes": "n" * 63,
    "letters of two bytes": "größe_é",
    "63 bytes of two-byte letters": "x" + "ß" * 31,
}
NAMES = [Situation("named", f"a column name with {what}", column=name) for what, name in HARD_NAMES.items()]
NAMES += [Situation("table", f"a table name with {what}", table=name) for what, name in HARD_NAMES.items()]

SITUATIONS = COLUMN + TABLE + INDEX + NAMES
