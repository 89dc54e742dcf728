"""Random DDL on tables that sessions share and on their own. Much of it fails: what it is about may be gone, or
somebody else holds it."""

import random

TYPES = ("bigint", "integer", "text", "timestamptz", "timestamp", "varchar(20)", "numeric", "jsonb", "json", "boolean")
ACTIONS = ("", "ON DELETE CASCADE", "ON DELETE RESTRICT", "ON DELETE SET NULL")


class Generator:
    def __init__(self, seed, session, shared=6, own=6):
        self.chance = random.Random(seed)
        self.session = session
        self.tables = [f"shared_{n}" for n in range(shared)] + [f"own_{session}_{n}" for n in range(own)]
        self.gids = 0

    def table(self):
        return self.chance.choice(self.tables)

    def column(self):
        return f"c{self.chance.randrange(6)}"

    def data_type(self):
        return self.chance.choice(TYPES)

    def name(self):
        return f"n{self.chance.randrange(1000)}"

    # Each of these gives one statement.

    def create(self):
        columns = [f"id bigint CONSTRAINT pk_{self.name()} PRIMARY KEY"] if self.chance.random() < 0.8 else []
        columns += [f"c{n} {self.data_type()}" for n in range(self.chance.randrange(1, 5))]
        return f"CREATE TABLE IF NOT EXISTS {self.table()} ({', '.join(columns)})"

    def create_partitioned(self):
        table = self.table()
        return f"CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY, c0 bigint) PARTITION BY RANGE (id)"

    def create_partition(self):
        low = self.chance.randrange(20)
        bounds = f"FROM ({low}) TO ({low + 1})"
        return f"CREATE TABLE {self.table()} PARTITION OF {self.table()} FOR VALUES {bounds}"

    def attach(self):
        low = self.chance.randrange(20)
        bounds = f"FROM ({low}) TO ({low + 1})"
        return f"ALTER TABLE {self.table()} ATTACH PARTITION {self.table()} FOR VALUES {bounds}"

    def detach(self):
        how = self.chance.choice(("", "", "CONCURRENTLY"))
        return f"ALTER TABLE {self.table()} DETACH PARTITION {self.table()} {how}"

    def inherit(self):
        return f"CREATE TABLE {self.table()} () INHERITS ({self.table()})"

    def like(self):
        return f"CREATE TABLE {self.table()} (LIKE {self.table()} INCLUDING ALL)"

    def create_as(self):
        return f"CREATE TABLE {self.table()} AS SELECT * FROM {self.table()}"

    def drop(self):
        return f"DROP TABLE IF EXISTS {self.table()} {self.chance.choice(('', 'CASCADE'))}"

    def add_column(self):
        return f"ALTER TABLE {self.table()} ADD COLUMN {self.column()} {self.data_type()}"

    def drop_column(self):
        return f"ALTER TABLE {self.table()} DROP COLUMN IF EXISTS {self.column()}"

    def change_type(self):
        column, data_type = self.column(), self.data_type()
        return f"ALTER TABLE {self.table()} ALTER COLUMN {column} TYPE {data_type} USING NULL"

    def add_key(self):
        valid = self.chance.choice(("", "NOT VALID"))
        key = f"fk_{self.name()} FOREIGN KEY ({self.column()}) REFERENCES {self.table()}"
        return f"ALTER TABLE {self.table()} ADD CONSTRAINT {key} {self.chance.choice(ACTIONS)} {valid}"

    def add_check(self):
        valid = self.chance.choice(("", "NOT VALID"))
        return f"ALTER TABLE {self.table()} ADD CONSTRAINT ck_{self.name()} CHECK (id > 0) {valid}"

    def of_constraint(self, change):
        """Something about a constraint that there is."""
        table = self.table()
        return f"""DO $do$ DECLARE found name; BEGIN
            SELECT conname INTO found FROM pg_constraint WHERE conrelid = to_regclass('{table}')
                ORDER BY random() LIMIT 1;
            IF found IS NOT NULL THEN EXECUTE format('{change}', '{table}', found); END IF; END $do$"""

    def validate(self):
        return self.of_constraint("ALTER TABLE %I VALIDATE CONSTRAINT %I")

    def drop_constraint(self):
        return self.of_constraint("ALTER TABLE %I DROP CONSTRAINT %I CASCADE")

    def rename_constraint(self):
        return self.of_constraint(f"ALTER TABLE %I RENAME CONSTRAINT %I TO ck_{self.name()}")

    def rename(self):
        return f"ALTER TABLE {self.table()} RENAME TO {self.table()}"

    def rename_column(self):
        return f"ALTER TABLE {self.table()} RENAME COLUMN {self.column()} TO {self.column()}"

    def not_null(self):
        change = self.chance.choice(("SET", "DROP"))
        return f"ALTER TABLE {self.table()} ALTER COLUMN {self.column()} {change} NOT NULL"

    def index(self):
        unique, how = self.chance.choice(("", "UNIQUE")), self.chance.choice(("", "", "CONCURRENTLY"))
        return f"CREATE {unique} INDEX {how} ix_{self.name()} ON {self.table()} ({self.column()})"

    def drop_index(self):
        table, how = self.table(), self.chance.choice(("", "", "CONCURRENTLY"))
        if how:
            return f"DROP INDEX CONCURRENTLY IF EXISTS ix_{self.name()}"
        return f"""DO $do$ DECLARE found text; BEGIN
            SELECT indexrelid::regclass INTO found FROM pg_index
                WHERE indrelid = to_regclass('{table}') AND NOT indisprimary ORDER BY random() LIMIT 1;
            IF found IS NOT NULL THEN EXECUTE 'DROP INDEX ' || found; END IF; END $do$"""

    def reindex(self):
        return f"REINDEX TABLE {self.chance.choice(('', 'CONCURRENTLY'))} {self.table()}"

    def comment(self):
        return f"COMMENT ON TABLE {self.table()} IS 'a table'"

    def domain(self):
        create = f"CREATE DOMAIN d_{self.chance.randrange(6)} AS {self.data_type()}"
        return self.chance.choice((create, f"DROP DOMAIN d_{self.chance.randrange(6)}"))

    def view(self):
        create = f"CREATE OR REPLACE VIEW v_{self.chance.randrange(6)} AS SELECT * FROM {self.table()}"
        return self.chance.choice((create, f"DROP VIEW v_{self.chance.randrange(6)}"))

    def temporary(self):
        return f"CREATE TEMPORARY TABLE t_{self.chance.randrange(6)} (made timestamp)"

    def insert(self):
        return f"INSERT INTO {self.table()} (id) VALUES ({self.chance.randrange(1000)})"

    def caught(self):
        return f"DO $do$ BEGIN {self.statement()}; EXCEPTION WHEN OTHERS THEN NULL; END $do$"

    KINDS = (
        *(create, create, create, create_partitioned, create_partition, attach, detach, inherit, like, create_as),
        *(drop, drop, add_column, add_column, drop_column, change_type, add_key, add_key, add_check, validate),
        *(drop_constraint, rename_constraint, rename, rename_column, not_null, index, index, drop_index, reindex),
        *(comment, domain, view, temporary, insert),
    )

    def statement(self):
        """A statement that may stand in a block, without $do$ in it."""
        while True:
            sql = self.chance.choice(self.KINDS)(self)
            if "$do$" not in sql and "CONCURRENTLY" not in sql:
                return sql

    def transaction(self):
        """The statements of one transaction, and how they are run."""
        what = self.chance.random()
        if what < 0.5:
            return [self.chance.choice((*self.KINDS, Generator.caught))(self)]
        statements = [self.statement() for _ in range(self.chance.randrange(2, 6))]
        if self.chance.random() < 0.3:
            statements = ["SAVEPOINT a", *statements[:2], "ROLLBACK TO a", *statements[2:]]
        if what < 0.9:
            return ["BEGIN", *statements, self.chance.choice(("COMMIT", "COMMIT", "COMMIT", "ROLLBACK"))]
        self.gids += 1
        gid = f"s{self.session}_{self.gids}"
        end = self.chance.choice(("COMMIT", "COMMIT", "ROLLBACK"))
        return ["BEGIN", *statements, f"PREPARE TRANSACTION '{gid}'", f"{end} PREPARED '{gid}'"]
