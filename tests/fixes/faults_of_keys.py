"""Faults of constraints and indexes."""

from fault import TOLD_BY_THE_STATEMENT, Fault, of_column
from model import Column, Constraint, Statement

OD, FI, FT, DF = "fk_without_on_delete", "fk_without_index", "fk_type_mismatch", "duplicate_fk"
UN, NV = "unnamed_constraint", "constraint_not_validated"
DI, RI, TI = "duplicate_index", "redundant_index", "tenant_index_too_short"
MI, MK = "misnamed_index", "misnamed_constraint"

IDS = ("1", "2", "3")
PARENT = (
    "CREATE TABLE $s.parent (id bigint CONSTRAINT pk_parent PRIMARY KEY, small integer NOT NULL CONSTRAINT"
    " uq_parent_small UNIQUE, code varchar(10) NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at"
    " timestamptz NOT NULL DEFAULT now(), CONSTRAINT uq_parent_code UNIQUE (code, id))",
    "INSERT INTO $s.parent SELECT n, n, 'code ' || n FROM generate_series(1, 4) AS n",
)
INDEX = "CREATE INDEX ix_t_c ON $t ($c)"
SECOND = Column("d", "varchar(10)", ("'code 1'", "'code 2'", "'code 3'"))
PAIR = ("CREATE INDEX ix_t_d_c ON $t (d, $c)",)


def key(rest, columns=("c",), name="fk_t_parent", target="$s.parent"):
    listed = ", ".join("$c" if column == "c" else column for column in columns)
    inline = f"REFERENCES {target}{rest}" if len(columns) == 1 else None
    return Constraint(f"FOREIGN KEY ({listed}) REFERENCES {target}{rest}", columns, name, inline)


def foreign_key(rule, name, *keys, type="bigint", after=(INDEX,), before=PARENT, values=IDS, **options):
    return of_column(rule, name, type, values, before, after, keys, **options)


CASCADE = key(" (id) ON DELETE CASCADE")
FOREIGN_KEYS = [
    foreign_key(OD, "plain", key(" (id)")),
    of_column(OD, "written with the column", "bigint", IDS, PARENT, (INDEX,), own=(key(" (id)"),)),
    foreign_key(OD, "nullable", key(" (id)"), values=IDS[:2], not_null=False),
    foreign_key(OD, "NOT VALID", key(" (id) NOT VALID"), ways=("altered",)),
    foreign_key(OD, "deferrable", key(" (id) MATCH FULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED")),
    Fault(OD, "two columns", (Column("c", "bigint", IDS), SECOND), (key(" (code, id)", ("d", "c")),), PARENT, PAIR),
    foreign_key(OD, "to itself", key(" (id)", name="fk_t_t", target="$t"), before=(), values=("1", "1", "2")),
    foreign_key(OD, "not indexed", key(" (id)"), after=()),
    foreign_key(OD, "SET NULL alone is allowed", key(" (id)"),
                settings=(("fk_on_delete_actions", "set null, set default"),)),
    foreign_key(FI, "plain", CASCADE, after=()),
    foreign_key(FI, "to itself", key(" (id) ON DELETE CASCADE", name="fk_t_t", target="$t"), before=(), after=(),
                values=("1", "1", "2")),
    Fault(FI, "two columns", (Column("c", "bigint", IDS), SECOND), (key(" (code, id) ON DELETE CASCADE", ("d", "c")),),
          PARENT),
    foreign_key(FI, "the index is partial", CASCADE, after=("CREATE INDEX ix_t_c ON $t ($c) WHERE id > 0",)),
    foreign_key(FT, "integer to bigint", CASCADE, type="integer"),
    foreign_key(FT, "bigint to integer", key(" (small) ON DELETE CASCADE")),
    foreign_key(FT, "to itself", key(" (id) ON DELETE CASCADE", name="fk_t_t", target="$t"), type="integer", before=(),
                values=("1", "1", "2")),
    Fault(FT, "one of two columns", (Column("c", "integer", IDS), SECOND),
          (key(" (code, id) ON DELETE CASCADE", ("d", "c")),), PARENT, PAIR),
    foreign_key(FT, "with a default", CASCADE, type="smallint", default="1"),
    foreign_key(DF, "another action", CASCADE, key(" (id) ON DELETE RESTRICT", name="fk_t_again")),
    foreign_key(DF, "the same", CASCADE, key(" (id) ON DELETE CASCADE", name="fk_t_again")),
]  # fmt: skip

MORE = (Column("c", "bigint", IDS), Column("d", "varchar(10)", ("'one'", "'two'", "'three'")))


def unnamed(name, definition, columns=(), inline=None, before=()):
    constraint = Constraint(definition, columns, None, inline)
    if not inline:
        return Fault(UN, name, MORE, (constraint,), before, ways=TOLD_BY_THE_STATEMENT)
    return of_column(UN, name, "bigint", IDS, before, own=(constraint,), ways=TOLD_BY_THE_STATEMENT)


CONSTRAINTS = [
    unnamed("unique", "UNIQUE ($c)", ("c",)),
    unnamed("unique with the column", "UNIQUE ($c)", ("c",), "UNIQUE"),
    unnamed("unique over two", "UNIQUE (d, $c) INCLUDE (mark)", ("d", "c")),
    unnamed("check", "CHECK ($c > 0)", ("c",)),
    unnamed("check with the column", "CHECK ($c > 0)", ("c",), "CHECK ($c > 0)"),
    unnamed("check of two", "CHECK ($c > 0 OR d <> 'it''s')", ("c", "d")),
    unnamed("deferrable", "UNIQUE ($c, d) DEFERRABLE INITIALLY DEFERRED", ("c", "d")),
    unnamed("exclusion", "EXCLUDE USING gist (int8range($c, $c, '[]') WITH &&) WHERE (mark > 0)", ("c",)),
    unnamed("foreign key", "FOREIGN KEY ($c) REFERENCES $s.parent (id) ON DELETE CASCADE", ("c",), None, PARENT),
    unnamed("foreign key with the column", "FOREIGN KEY ($c) REFERENCES $s.parent (id) ON DELETE CASCADE", ("c",),
            "REFERENCES $s.parent (id) ON DELETE CASCADE", PARENT),
    Fault(UN, "primary key", key=Constraint("PRIMARY KEY (id)", ("id",)), subject="id", ways=("created",)),
    foreign_key(NV, "foreign key", key(" (id) ON DELETE CASCADE NOT VALID"), ways=("altered",)),
    Fault(NV, "check", MORE, (Constraint("CHECK ($c > 0) NOT VALID", ("c",), "ck_t_c"),), ways=("altered",)),
    Fault(NV, "check, later", MORE, after=("ALTER TABLE $t ADD CONSTRAINT ck_t_c CHECK ($c > 0) NOT VALID",),
          constraint="ck_t_c"),
    foreign_key(NV, "foreign key, later", after=(INDEX, "ALTER TABLE $t ADD CONSTRAINT fk_t_c FOREIGN KEY ($c)"
                " REFERENCES $s.parent (id) ON DELETE CASCADE NOT VALID")),
    of_column(NV, "NOT NULL", "bigint", IDS, (), ("ALTER TABLE $t ADD CONSTRAINT nn_t_c NOT NULL $c NOT VALID",),
              not_null=False, ways=("moved",), since=18),
    Fault(MK, "check", MORE, (Constraint("CHECK ($c > 0)", ("c",), "positive"),), constraint="positive"),
    Fault(MK, "unique", MORE, (Constraint("UNIQUE ($c)", ("c",), "Unique c", "UNIQUE"),), constraint="Unique c"),
    Fault(MK, "foreign key", MORE, (key(" (id) ON DELETE CASCADE", name="parent_key"),), PARENT, (INDEX,)),
    Fault(MK, "exclusion", MORE, (Constraint(
        "EXCLUDE USING gist (int8range($c, $c, '[]') WITH &&)", ("c",), "no_two"),), constraint="no_two"),
    Fault(MK, "primary key", key=Constraint("PRIMARY KEY (id)", ("id",), "t_pkey", "PRIMARY KEY"), subject="id",
          constraint="t_pkey"),
    Fault(MK, "the good name is taken", MORE, (
        Constraint("CHECK ($c > 0)", ("c",), "positive"), Constraint("CHECK ($c > -1)", ("c",), "ck_t_c"))),
]  # fmt: skip


def indexed(rule, name, *statements, index="ix_t_c", columns=MORE, constraints=()):
    return Fault(rule, name, columns, constraints, after=statements, index=index)


UNIQUE = Constraint("UNIQUE ($c)", ("c",), "uq_t_c")
TENANT = (Column("tenant_id", "bigint", IDS), Column("c", "bigint", IDS))
INDEXES = [
    indexed(DI, "two plain ones", INDEX, "CREATE INDEX ix_t_again ON $t ($c)", index="ix_t_again"),
    indexed(DI, "two unique ones", "CREATE UNIQUE INDEX uq_t_c ON $t ($c)", "CREATE UNIQUE INDEX uq_t_d ON $t ($c)",
            index="uq_t_d"),
    indexed(DI, "a constraint has one", "CREATE UNIQUE INDEX uq_t_again ON $t ($c)", index="uq_t_again",
            constraints=(UNIQUE,)),
    indexed(DI, "the constraint came later", "CREATE UNIQUE INDEX uq_t_old ON $t ($c)",
            "ALTER TABLE $t ADD CONSTRAINT uq_t_c UNIQUE ($c)", index="uq_t_old"),
    indexed(DI, "two constraints", "ALTER TABLE $t ADD CONSTRAINT uq_t_again UNIQUE ($c)", index="uq_t_again",
            constraints=(UNIQUE,)),
    indexed(DI, "the primary key again", "CREATE UNIQUE INDEX uq_t_id ON $t (id)", index="uq_t_id"),
    indexed(DI, "expressions", "CREATE INDEX ix_t_c ON $t (($c + 1)) WHERE $c > 0",
            "CREATE INDEX ix_t_again ON $t (($c + 1)) WHERE $c > 0", index="ix_t_again"),
    indexed(DI, "three", INDEX, "CREATE INDEX ix_t_2 ON $t ($c)", "CREATE INDEX ix_t_3 ON $t ($c)", index="ix_t_2"),
    indexed(RI, "the longer one is plain", INDEX, "CREATE INDEX ix_t_both ON $t ($c, d)"),
    indexed(RI, "the longer one is unique", INDEX, "CREATE UNIQUE INDEX uq_t_both ON $t ($c, d)"),
    indexed(RI, "a unique constraint", INDEX, constraints=(UNIQUE,)),
    indexed(RI, "the primary key", "CREATE INDEX ix_t_id ON $t (id)", index="ix_t_id"),
    indexed(RI, "duplicate as well", INDEX, "CREATE INDEX ix_t_2 ON $t ($c)", "CREATE INDEX ix_t_both ON $t ($c, d)"),
    indexed(TI, "alone", "CREATE INDEX ix_t_tenant_id ON $t (tenant_id)", index="ix_t_tenant_id", columns=TENANT),
    indexed(TI, "a longer one is there", "CREATE INDEX ix_t_tenant_id ON $t (tenant_id)",
            "CREATE INDEX ix_t_tenant_id_c ON $t (tenant_id, $c)", index="ix_t_tenant_id", columns=TENANT),
    indexed(MI, "plain", "CREATE INDEX by_c ON $t ($c)", index="by_c"),
    indexed(MI, "unique", 'CREATE UNIQUE INDEX "One c" ON $t ($c)', index="One c"),
    indexed(MI, "expression", "CREATE INDEX by_sum ON $t (($c + 1), d) WHERE $c > 0", index="by_sum"),
    indexed(MI, "the good name is taken", "CREATE INDEX by_c ON $t ($c)", "CREATE INDEX ix_t_c ON $t (d)", index="by_c"),
    Fault(DI, "CONCURRENTLY", MORE, after=(INDEX,), ways=("altered",), statements=(
        Statement("CREATE INDEX CONCURRENTLY ix_t_again ON $t ($c)"),)),
    Fault(MI, "CONCURRENTLY", MORE, ways=("altered",), statements=(
        Statement("CREATE INDEX CONCURRENTLY by_c ON $t ($c)"),)),
    Fault(FI, "the index is dropped", MORE, (key(" (id) ON DELETE CASCADE"),), PARENT, (INDEX,), ways=("altered",),
          statements=(Statement("DROP INDEX $s.ix_t_c"),)),
]  # fmt: skip

FAULTS = FOREIGN_KEYS + CONSTRAINTS + INDEXES
