"""New names, other schemas, other owners."""

from world import quote

from . import kind

WHAT = {"f": "FOREIGN TABLE", "S": "SEQUENCE", "v": "VIEW", "m": "MATERIALIZED VIEW"}


@kind("rename table", weight=3)
def rename_table(d):
    table = d.mine("rpf")
    name = d.pick([d.new_name(), f"scratch_{d.rng.randrange(9)}"]) if d.chance(0.3) else d.new_name()
    return f"ALTER {WHAT.get(table.kind, 'TABLE')} {table} RENAME TO {quote(name)}"


@kind("rename column", weight=3)
def rename_column(d):
    table = d.mine("rpf")
    return f"ALTER TABLE {table} RENAME COLUMN {quote(d.column(table).name)} TO {quote(d.new_column(table))}"


@kind("set schema", weight=4)
def set_schema(d):
    table = d.mine("rpf")
    return f"ALTER {WHAT.get(table.kind, 'TABLE')} {table} SET SCHEMA {quote(d.schema())}"


@kind("rename schema", weight=0.5)
def rename_schema(d):
    schema = d.pick(s for s in d.world.schemas if s.startswith(("sch", "attic")) or d.chance(0.02))
    return f"ALTER SCHEMA {quote(schema)} RENAME TO {quote(d.new_name('sch'))}"


@kind("rename sequence", scene="unfinished")
def rename_sequence(d):
    sequence = d.mine("S")
    return f"ALTER SEQUENCE {sequence} RENAME TO {quote(d.new_name('seq'))}"


@kind("owner to")
def owner_to(d):
    table = d.mine("rpfvm")
    return f"ALTER {WHAT.get(table.kind, 'TABLE')} {table} OWNER TO {d.pick(['app', 'other'])}"


@kind("set role", weight=0.7)
def set_role(d):
    return f"SET ROLE {d.pick(['app', 'app', 'app', 'other', 'exempted'])}"


@kind("reassign owned", weight=0.15)
def reassign(d):
    return d.pick(["REASSIGN OWNED BY other TO app", "REASSIGN OWNED BY app TO other"])


@kind("drop owned", weight=0.15)
def drop_owned(d):
    return "DROP OWNED BY other CASCADE"


@kind("exempt", weight=0.8)
def exempt(d):
    table = d.table()
    rules = ("*", "timestamp_without_time_zone", "fk_without_index", "unnamed_constraint", "table_without_primary_key")
    rule = d.pick(rules)
    what = d.optional(f", '{quote(d.column(table).name)}'".replace("''", "'"), 0.3)
    return f"SELECT guardrail.exempt('{rule}', '{str(table).replace(chr(39), chr(39) * 2)}'{what}, reason => 'tried')"


@kind("freeze", legacy=True, weight=0.3)
def freeze(d):
    return "SELECT guardrail.freeze(add_new => true)"


@kind("end of the exemptions", legacy=True, weight=0.3)
def end_of_exemptions(d):
    return "DELETE FROM guardrail.exemptions"


@kind("member of an extension", legacy=True, weight=0.3)
def member_of_extension(d):
    return f"ALTER EXTENSION file_fdw {d.pick(['ADD', 'ADD', 'DROP'])} TABLE {d.table()}"
