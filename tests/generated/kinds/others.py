"""The rest: comments, rules, policies, sequences, rows, privileges."""

from world import quote

from . import kind


@kind("comment")
def comment(d):
    table = d.mine("rp")
    if d.chance(0.5):
        return f"COMMENT ON TABLE {table} IS {d.pick(['NULL', quote('x').join(chr(39) * 2)])}"
    return f"COMMENT ON COLUMN {table}.{quote(d.column(table).name)} IS {d.pick(['NULL', chr(39) + 'nullable: unknown' + chr(39)])}"


@kind("create rule")
def create_rule(d):
    return f"CREATE RULE ru_{d.rng.randrange(99)} AS ON DELETE TO {d.mine('r')} DO NOTHING"


@kind("policy")
def policy(d):
    return f"CREATE POLICY po_{d.rng.randrange(99)} ON {d.mine('rp')} USING (true)"


@kind("row level security")
def row_level_security(d):
    return f"ALTER TABLE {d.mine('rp')} {d.pick(['ENABLE', 'DISABLE'])} ROW LEVEL SECURITY"


@kind("set logged")
def set_logged(d):
    return f"ALTER TABLE {d.mine('r')} SET {d.pick(['LOGGED', 'UNLOGGED'])}"


@kind("create sequence")
def create_sequence(d):
    return f"CREATE SEQUENCE {quote(d.new_name('seq'))}"


@kind("drop sequence")
def drop_sequence(d):
    return f"DROP SEQUENCE {d.mine('S')} CASCADE"


@kind("storage parameters")
def storage_parameters(d):
    return f"ALTER TABLE {d.mine('r')} SET (fillfactor = 70)"


@kind("create trigger")
def create_trigger(d):
    return (f"CREATE TRIGGER tr_{d.rng.randrange(99)} AFTER INSERT ON {d.mine('rp')} FOR EACH ROW "
            "WHEN (1 = 0) EXECUTE FUNCTION public.run_row()")


@kind("grant")
def grant(d):
    return f"GRANT ALL ON {d.mine('rpvm')} TO {d.pick(['app', 'other', 'PUBLIC'])}"


@kind("insert rows")
def insert_rows(d):
    table = d.mine("r")
    return f"INSERT INTO {table} DEFAULT VALUES"


@kind("insert numbered row")
def insert_row(d):
    table = d.mine("rp", lambda table: any(column.name == "id" and column.type == "bigint" for column in table.columns))
    return f"INSERT INTO {table} (id) VALUES ({d.rng.randrange(40)})"


@kind("truncate")
def truncate(d):
    return f"TRUNCATE {d.mine('r')} CASCADE"


@kind("create function")
def create_function(d):
    return f"CREATE FUNCTION {quote(d.new_name('fun'))}(a {d.type_name()}) RETURNS integer LANGUAGE sql AS 'SELECT 1'"


@kind("record the migration")
def record_migration(d):
    return f"INSERT INTO public.alembic_version VALUES ('{d.rng.randrange(10 ** 9)}')"


@kind("discard temporary", alone=True, weight=0.5)
def discard(d):
    return "DISCARD TEMP"
