"""Faults of names and of whole tables, and of what a transaction does."""

from fault import CREATED, Fault, of_column
from faults_of_keys import PARENT
from model import AlterTable, Column, Constraint, CreateType, SelectInto, Statement, Written

NO_KEY, JT, RC = "table_without_primary_key", "join_table_without_composite_key", "missing_required_column"
MT, MC, MY, NQ = "misnamed_table", "misnamed_column", "misnamed_type", "identifier_needs_quotes"
TL = "identifier_too_long"
TC, CC, RLS, UT = "table_without_comment", "column_without_comment", "rls_disabled", "unlogged_table"
UM, DD, DC = "unrecorded_migration", "direct_ddl", "destructive_change"

IDS = ("1", "2", "3")
TEXTS = ("'one'", "'two'", "'three'")
LONG = "the_number_of_the_customer_as_it_was_given_in_the_system_before_last"
# Their columns, tables and types are called so whatever else the case has.
NAMES = [
    of_column(MC, "capitals", "bigint", IDS, called="placedAt"),
    of_column(MC, "a leading figure", "bigint", IDS, called="1st"),
    of_column(NQ, "a reserved word", "bigint", IDS, called="order"),
    of_column(NQ, "a space", "bigint", IDS, called="the number"),
    Fault(NQ, "two that would be the same", (Column("fooBar", "bigint", IDS), Column("FooBar", "bigint", IDS)),
          subject="fooBar"),
    Fault(NQ, "another has the good name", (Column("fooBar", "bigint", IDS), Column("foo_bar", "bigint", IDS)),
          subject="fooBar"),
    Fault(MT, "capitals", (Column("c", "bigint", IDS),), table="OrderItems"),
    Fault(MT, "an abbreviation", (Column("c", "bigint", IDS),), table="APIToken"),
    Fault(NQ, "table and columns", (Column("Customer Id", "bigint", IDS),), table="Order", subject="Customer Id"),
    of_column(MY, "enum", '$s."Mood"', ("'good'", "'bad'", "'good'"), ("""CREATE TYPE $s."Mood" AS ENUM ('good', 'bad')""",)),
    of_column(MY, "domain", '$s."D"', IDS, ('CREATE DOMAIN $s."D" AS bigint',)),
    of_column(MY, "composite type", '$s."Pair"', ("ROW(1, 2)",) * 3, ('CREATE TYPE $s."Pair" AS (a bigint, "B" bigint)',)),
    of_column(MY, "range", '$s."Span"', ("'[1,2)'",) * 3, ('CREATE TYPE $s."Span" AS RANGE (subtype = bigint)',)),
    Fault(MY, "CREATE TYPE", statements=(CreateType('CREATE TYPE $s."Pair" AS', (
        Column("a", "bigint", not_null=False), Column("B", "bigint", not_null=False))),)),
    Fault(MC, "RENAME", (Column("c", "bigint", IDS),), ways=("altered",), statements=(
        AlterTable("ALTER TABLE $t", (Written('RENAME COLUMN $c TO "New name"'),)),)),
    Fault(MT, "RENAME", (Column("c", "bigint", IDS),), ways=("altered",), statements=(
        AlterTable("ALTER TABLE $t", (Written('RENAME TO "New Table"'),)),)),
    Fault(TL, "column", (Column(LONG, "bigint", IDS),), subject=LONG, ways=("created", "altered")),
    Fault(TL, "table", (Column("c", "bigint", IDS),), table=LONG, ways=("created",), commented=False, secured=False),
    Fault(TL, "constraint", (Column("c", "bigint", IDS),), (Constraint("CHECK ($c > 0)", ("c",), f"ck_t_{LONG}"),),
          ways=("created", "altered")),
    Fault(TL, "index", (Column("c", "bigint", IDS),), ways=("altered",), statements=(
        Statement(f"CREATE INDEX ix_t_{LONG} ON $t ($c)"),)),
]  # fmt: skip

NUMBER = Column("c", "bigint", IDS)
PLAIN_ID = Column("id", "bigint", IDS)


def required(name, column, *others):
    return Fault(RC, name, (column,), required=others, subject=column.name)


def linking(name, *columns, before=PARENT, **options):
    links = tuple(
        Constraint(f"FOREIGN KEY ({column}) REFERENCES $s.parent (id) ON DELETE CASCADE", (column,), f"fk_t_{column}")
        for column in ("a_id", "b_id")
    )
    indexes = tuple(f"CREATE INDEX ix_t_{column} ON $t ({column})" for column in ("a_id", "b_id"))
    ends = (Column("a_id", "bigint", IDS), Column("b_id", "bigint", IDS))
    return Fault(JT, name, ends + columns, links, before, indexes, subject="b_id", marked=False, **options)


TABLES = [
    Fault(NO_KEY, "a column id", (NUMBER,), id=PLAIN_ID, key=None),
    Fault(NO_KEY, "an identity", (NUMBER,), key=None),
    Fault(NO_KEY, "a unique index", (NUMBER,), after=("CREATE UNIQUE INDEX uq_t_c ON $t ($c)",), id=None, key=None),
    Fault(NO_KEY, "a unique constraint", (NUMBER,), (Constraint("UNIQUE ($c)", ("c",), "uq_t_c"),), id=None, key=None),
    Fault(NO_KEY, "neither", (NUMBER,), id=None, key=None),
    Fault(NO_KEY, "id is taken by a text", (NUMBER,), id=Column("id", "varchar(10)", TEXTS, not_null=False), key=None),
    linking("without a key", id=None, key=None, required=()),
    linking("with a key of its own"),
    required("one lacks", NUMBER, CREATED),
    required("both lack", NUMBER),
    required("another type", Column("updated_at", "date", ("'2024-01-01'",) * 3, "now()"), CREATED),
    required("naive", Column("updated_at", "timestamp", ("'2024-01-01'",) * 3, "now()"), CREATED),
    required("nullable", Column("updated_at", "timestamptz", ("'2024-01-01'",) * 2, "now()", False), CREATED),
    required("no default", Column("updated_at", "timestamptz", ("'2024-01-01'",) * 3), CREATED),
    required("all at once", Column("updated_at", "timestamp", ("'2024-01-01'",) * 2, None, False), CREATED),
    Fault(TC, "plain", (NUMBER,), commented=False),
    Fault(CC, "plain", (NUMBER,), commented=False),
    Fault(RLS, "plain", (NUMBER,), secured=False),
    Fault(UT, "plain", (NUMBER,), head="CREATE UNLOGGED TABLE"),
    Fault(UT, "SET UNLOGGED", (NUMBER,), ways=("altered",), statements=(AlterTable("ALTER TABLE $t", (Written("SET UNLOGGED"),)),)),
    Fault(UT, "SELECT INTO", statements=(SelectInto("UNLOGGED $s.copied", (), "SELECT 1 AS a"),)),
]  # fmt: skip

TRANSACTIONS = [
    Fault(UM, "plain", (NUMBER,)),
    Fault(DD, "another application", (NUMBER,), settings=(("ddl_applications", "deploy"),)),
    Fault(DD, "another role", (NUMBER,), settings=(("ddl_roles", "app"),)),
    Fault(DC, "column", (NUMBER,), ways=("altered",), statements=(AlterTable("ALTER TABLE $t", (Written("DROP COLUMN $c"),)),)),
    Fault(DC, "what may be a rename", (NUMBER,), ways=("altered",), statements=(
        AlterTable("ALTER TABLE $t", (Written("DROP COLUMN $c"), Column("number", "bigint", not_null=False))),)),
    Fault(DC, "table", (NUMBER,), ways=("altered",), statements=(Statement("DROP TABLE $t"),)),
]  # fmt: skip

FAULTS = NAMES + TABLES + TRANSACTIONS
