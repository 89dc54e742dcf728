"""The statements that are measured. With the statements that follow it in its transaction, none violates any rule."""

from dataclasses import dataclass, field

REQUIRED = "created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()"

# What every database of the benchmark has.
SETUP = """
    CREATE TABLE alembic_version (version_num character varying(32) CONSTRAINT alembic_version_pkc PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('0');
"""

RECORD = "UPDATE alembic_version SET version_num = '{n}'"


def described(table, columns):
    """The statements that the rules about comments and row-level security ask for."""
    return [
        f"COMMENT ON TABLE {table} IS 'A table of the benchmark'",
        *(f"COMMENT ON COLUMN {table}.{column} IS 'A column of the benchmark'" for column in columns),
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    ]


# The table that a foreign key references. Each foreign key has its own: a table gets slower with each key that
# references it.
CUSTOMERS = f"""
    CREATE TABLE customers_{{n}} (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_customers_{{n}} PRIMARY KEY, {REQUIRED})"""
ORDERS = f"""
    CREATE TABLE orders_{{n}} (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_orders_{{n}} PRIMARY KEY,
        customer_id bigint NOT NULL CONSTRAINT fk_orders_{{n}}_customer REFERENCES customers_{{n}} ON DELETE RESTRICT,
        position integer NOT NULL,
        {REQUIRED},
        CONSTRAINT uq_orders_{{n}}_position UNIQUE (customer_id, position),
        CONSTRAINT ck_orders_{{n}}_position CHECK (position > 0))"""
OF_ORDERS = ["id", "customer_id", "position", "created_at", "updated_at"]
DESCRIBED_ORDERS = described("orders_{n}", OF_ORDERS)

WIDE = f"""
    CREATE TABLE wide_{{n}} (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_wide_{{n}} PRIMARY KEY, {REQUIRED},
        {", ".join(f"c_{number} integer NOT NULL" for number in range(197))})"""
OF_WIDE = ["id", "created_at", "updated_at", *(f"c_{number}" for number in range(197))]

EVENTS = f"""
    CREATE TABLE events_{{n}} (
        id bigint NOT NULL, day integer NOT NULL, {REQUIRED},
        customer_id bigint NOT NULL CONSTRAINT fk_events_{{n}}_customer REFERENCES customers_{{n}} ON DELETE RESTRICT,
        CONSTRAINT pk_events_{{n}} PRIMARY KEY (id, day), CONSTRAINT ck_events_{{n}}_day CHECK (day > 0)
    ) PARTITION BY RANGE (day)"""
INDEXED_EVENTS = "CREATE INDEX ix_events_{n}_customer_id ON events_{n} (customer_id)"


@dataclass
class Scenario:
    """One measured statement; `{n}` is the number of the round."""

    name: str
    statement: str
    # Statements that run before it, unguarded and unmeasured.
    before: list = field(default_factory=list)
    # Statements that run after it, in its transaction, but unguarded and unmeasured.
    after: list = field(default_factory=list)
    # Whether it is a transaction of its own, without the statements that other rules ask for.
    alone: bool = False


CREATE_TABLE = Scenario("CREATE TABLE", ORDERS, before=[CUSTOMERS], after=DESCRIBED_ORDERS)
ADD_COLUMN = Scenario(
    "ALTER TABLE ADD COLUMN",
    "ALTER TABLE orders_{n} ADD COLUMN quantity integer NOT NULL DEFAULT 1",
    before=[CUSTOMERS, ORDERS, *DESCRIBED_ORDERS],
    after=["COMMENT ON COLUMN orders_{n}.quantity IS 'A column of the benchmark'"],
)
SCENARIOS = [
    CREATE_TABLE,
    Scenario("CREATE TABLE, alone", ORDERS, before=[CUSTOMERS], alone=True),
    ADD_COLUMN,
    Scenario("ALTER TABLE ADD COLUMN, alone", ADD_COLUMN.statement, before=ADD_COLUMN.before, alone=True),
    Scenario(
        "CREATE INDEX",
        "CREATE INDEX ix_orders_{n}_position ON orders_{n} (position)",
        before=[CUSTOMERS, ORDERS, *DESCRIBED_ORDERS],
    ),
    Scenario(
        "ADD FOREIGN KEY",
        "ALTER TABLE orders_{n} ADD CONSTRAINT fk_orders_{n}_payer FOREIGN KEY (payer_id) REFERENCES customers_{n}"
        " ON DELETE RESTRICT",
        before=[
            CUSTOMERS,
            ORDERS,
            "ALTER TABLE orders_{n} ADD payer_id bigint NOT NULL",
            "CREATE INDEX ix_orders_{n}_payer_id ON orders_{n} (payer_id)",
            *described("orders_{n}", [*OF_ORDERS, "payer_id"]),
        ],
    ),
    Scenario("CREATE TABLE, 200 columns", WIDE, after=described("wide_{n}", OF_WIDE)),
    Scenario(
        "CREATE TABLE PARTITION OF",
        "CREATE TABLE events_{n}_1 PARTITION OF events_{n} FOR VALUES FROM (1) TO (2)",
        before=[CUSTOMERS, EVENTS, INDEXED_EVENTS],
        after=["COMMENT ON TABLE events_{n}_1 IS 'A partition of the benchmark'"],
    ),
]
