"""The rest: comments, rules, policies, sequences, rows, privileges."""

from world import quote

from . import kind


@kind("comment", weight=0.8)
def comment(d):
    table = d.mine("rp")
    if d.chance(0.5):
        return f"COMMENT ON TABLE {table} IS " + d.pick(["NULL", "'x'"])
    return f"COMMENT ON COLUMN {table}.{quote(d.column(table).name)} IS " + d.pick(["NULL", "'nullable: unknown'"])


@kind("create rule", weight=0.4)
def create_rule(d):
    return f"CREATE RULE ru_{d.rng.randrange(99)} AS ON DELETE TO {d.mine('r')} DO NOTHING"


@kind("policy", weight=0.4)
def policy(d):
    return f"CREATE POLICY po_{d.rng.randrange(99)} ON {d.mine('rp')} USING (true)"


@kind("row level security")
def row_level_security(d):
    return f"ALTER TABLE {d.mine('rp')} {d.pick(['ENABLE', 'DISABLE'])} ROW LEVEL SECURITY"


@kind("set logged")
def set_logged(d):
    return f"ALTER TABLE {d.mine('r')} SET {d.pick(['LOGGED', 'UNLOGGED'])}"


@kind("create sequence", weight=0.5)
def create_sequence(d):
    return f"CREATE SEQUENCE {quote(d.new_name('seq'))}"


@kind("drop sequence")
def drop_sequence(d):
    return f"DROP SEQUENCE {d.mine('S')} CASCADE"


@kind("storage parameters", weight=0.4)
def storage_parameters(d):
    return f"ALTER TABLE {d.mine('r')} SET (fillfactor = 70)"


@kind("create trigger")
def create_trigger(d):
    return (f"CREATE TRIGGER tr_{d.rng.randrange(99)} AFTER INSERT ON {d.mine('rp')} FOR EACH ROW "
            "WHEN (1 = 0) EXECUTE FUNCTION public.run_row()")


@kind("grant")
def grant(d):
    return f"GRANT ALL ON {d.mine('rpvm')} TO {d.pick(['app', 'other', 'PUBLIC'])}"


VALUES = {"bigint": "{}", "integer": "{}", "uuid": "gen_random_uuid()", "jsonb": "'1'", "json": "'1'", "date": "now()",
          "boolean": "true", "bigint[]": "'{{}}'", "integer[]": "'{{}}'", "money": "{}", "text": "'x'",
          "timestamp with time zone": "now()", "timestamp without time zone": "now()", "numeric(12,2)": "{}",
          "double precision": "{}", "real": "{}"}


@kind("insert row", weight=2)
def insert_row(d):
    table = d.mine("rp", lambda table: table.columns)
    columns = [c for c in table.columns if c.not_null and not c.generated and not c.has_default and not c.identity]
    columns = columns or [c for c in table.columns if not c.generated][:1]
    values = [VALUES.get(c.type, "'a'" if "char" in c.type else "NULL").format(d.rng.randrange(40)) for c in columns]
    names = ", ".join(quote(column.name) for column in columns)
    return f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(values)})"


@kind("truncate")
def truncate(d):
    return f"TRUNCATE {d.mine('r')} CASCADE"


@kind("create function", weight=0.3)
def create_function(d):
    return f"CREATE FUNCTION {quote(d.new_name('fun'))}(a {d.type_name()}) RETURNS integer LANGUAGE sql AS 'SELECT 1'"


@kind("record the migration", weight=0.5)
def record_migration(d):
    return f"INSERT INTO public.alembic_version VALUES ('{d.rng.randrange(10 ** 9)}')"


@kind("discard temporary", alone=True, weight=0.5)
def discard(d):
    return "DISCARD TEMP"
