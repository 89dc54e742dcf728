"""Draws the parts of statements. Most of them keep every convention; some, by intent, do not."""

from world import quote

TABLES = ("orders", "items", "events", "parts", "notes", "lots", "bins", "jobs", "tags", "users", "rooms", "seats")
COLUMNS = ("code", "amount", "kind", "seen", "place", "weight", "label", "owner_id", "ref_id", "state", "size", "price")
GOOD_TYPES = ("bigint", "integer", "varchar(20)", "timestamptz", "boolean", "numeric(12,2)", "uuid", "date", "jsonb",
              "int[]")
BAD_TYPES = ("timestamp", "timestamp[]", "tsrange", "money", "json", "text", "varchar", "timetz", "char(3)",
             "double precision", "timestamp(3)", "real")
ODD_NAMES = ("Order", "table", "weiß", "two words", 'quo"te', "a" * 63, "CamelCase", "tab\ttab")
REQUIRED = ("created_at timestamptz NOT NULL DEFAULT now()", "updated_at timestamptz NOT NULL DEFAULT now()")
ACTIONS = ("CASCADE", "RESTRICT")


class Nothing(Exception):
    """There is nothing that the statement could be about."""


class Draw:
    def __init__(self, rng, world, faults, version):
        self.rng, self.world, self.faults, self.version = rng, world, faults, version

    def chance(self, probability):
        return self.rng.random() < probability

    def is_faulty(self):
        return self.chance(self.faults)

    def pick(self, things):
        things = list(things)
        if not things:
            raise Nothing
        return self.rng.choice(things)

    def optional(self, text, probability=0.5):
        return text if self.chance(probability) else ""

    # Things that there are

    def mine(self, kinds, condition=lambda thing: True):
        mine = [thing for thing in self.world.of_kind(kinds) if thing.owner == self.world.role or self.chance(0.02)]
        return self.pick(filter(condition, mine))

    def table(self, condition=lambda table: True):
        return self.mine("rp", condition)

    def column(self, table, condition=lambda column: True):
        return self.pick(column for column in table.columns if condition(column))

    def plain_column(self, table):
        """A column that nothing but itself is likely to be about."""
        return self.column(table, lambda column: not column.identity and column.name != "id")

    def constraint(self, table, types="pufcx", condition=lambda constraint: True):
        return self.pick(c for c in table.constraints if c.type in types and condition(c))

    def index(self, table, condition=lambda index: True):
        return self.pick(filter(condition, table.indexes))

    def type(self, types, condition=lambda thing: True):
        return self.pick(thing for thing in self.world.types if thing.type in types and condition(thing))

    def referenced(self):
        """A table that can be referenced, its key, and the type of it."""
        table = self.pick(t for t in self.world.tables if not t.is_temporary and self.keys(t))
        columns = self.pick(self.keys(table))
        return table, columns

    @staticmethod
    def keys(table):
        return [c.columns for c in table.constraints if c.type in "pu" and c.columns and not c.is_deferrable]

    # Names and types

    def schema(self):
        return self.pick(["public", "public", "public", "s2", "s2", "attic", *self.world.schemas])

    def new_name(self, stem=None):
        if self.chance(0.04):
            return self.pick(ODD_NAMES)
        if self.chance(0.03):
            return f"scratch_{self.rng.randrange(9)}"
        return f"{stem or self.pick(TABLES)}{self.optional(str(self.rng.randrange(100)), 0.9)}"

    def new_table(self):
        return f"{quote(self.schema())}." * self.chance(0.6) + quote(self.new_name())

    def new_column(self, table=None):
        taken = {column.name for column in table.columns} if table else set()
        name = self.pick(ODD_NAMES) if self.chance(0.03) else self.pick(COLUMNS)
        return f"{name}{self.rng.randrange(9)}" if name in taken else name

    def type_name(self):
        known = [str(t) for t in self.world.types] + [str(t) for t in self.world.of_kind("crvm")]
        if known and self.chance(0.12):
            return self.pick(known) + self.optional("[]", 0.1)
        return self.pick(BAD_TYPES if self.is_faulty() else GOOD_TYPES)

    def name_of(self, kind, table, columns):
        """The name of a constraint or index as the convention has it, quoted; now and then another one."""
        name = f"{kind}_{table}" if kind == "pk" else f"{kind}_{table}_{'_'.join(columns)}"
        if self.chance(0.03):
            made_up = f"{table}_{'_'.join(columns)}_{'fkey' if kind == 'fk' else 'key'}"
            name = self.pick([made_up, f"{table}_pkey", "zz", "Zz"])
        elif self.chance(0.1):
            name += str(self.rng.randrange(9))
        return quote(name.encode()[:63].decode(errors="ignore"))

    def named(self, kind, table, columns):
        """CONSTRAINT name, unless it is left out."""
        return "" if self.chance(self.faults / 2) else f"CONSTRAINT {self.name_of(kind, table, columns)} "

    # Elements

    def column_definition(self, table, name=None):
        name = name or self.new_column()
        kind = self.type_name()
        words = [quote(name), kind]
        if not self.is_faulty():
            words.append("NOT NULL")
        if kind == "bigint" and self.chance(0.1):
            words.append("GENERATED BY DEFAULT AS IDENTITY")
        elif kind == "bigint" and self.chance(0.1):
            words.append(f"{self.named('uq', table, [name])}UNIQUE")
        elif kind == "integer" and self.chance(0.2):
            words.append(self.pick(["DEFAULT 0", "GENERATED ALWAYS AS (1 + 1) STORED"]))
        elif kind in ("bigint", "integer", "numeric(12,2)") and self.chance(0.2):
            words.append(f"{self.named('ck', table, [name])}CHECK ({quote(name)} > 0)")
        return " ".join(words)

    def primary_key(self, table, columns=("id",)):
        return f"{self.named('pk', table, [])}PRIMARY KEY ({', '.join(map(quote, columns))})"

    def action(self):
        if self.is_faulty():
            return self.pick(["", " ON DELETE NO ACTION"])
        return f" ON DELETE {self.pick(ACTIONS)}"

    def foreign_key(self, table, columns, other, keys):
        columns_text = ", ".join(map(quote, columns))
        text = f"{self.named('fk', table, columns)}FOREIGN KEY ({columns_text}) REFERENCES {other}"
        text += f" ({other.column_list(keys)})" + self.optional(" MATCH FULL", 0.05) + self.action()
        more = [" ON UPDATE CASCADE", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"]
        return text + self.optional(self.pick(more), 0.15)

    def reference(self, table):
        """Columns that refer to another table: their definitions and the key."""
        other, keys = self.referenced()
        names, definitions = [], []
        for number in keys:
            column = other.column(number)
            name = f"{column.name[:20]}_{self.rng.randrange(99)}"
            names.append(name)
            definitions.append(f"{quote(name)} {column.type} NOT NULL")
        return names, definitions, self.foreign_key(table, names, other, keys)

    def elements(self, table, more=()):
        """The elements of a table that keeps the conventions, mostly. `more` are other columns."""
        elements = []
        if not self.chance(self.faults / 2):
            kind = self.pick(["bigint"] * 8 + ["uuid", "integer"])
            elements.append(f"id {kind} {self.named('pk', table, [])}PRIMARY KEY")
        elements += REQUIRED if not self.chance(self.faults / 3) else ()
        elements += more
        for name in self.rng.sample(COLUMNS, self.rng.randrange(3)):
            elements.append(self.column_definition(table, name))
        if self.chance(0.25):
            try:
                names, definitions, key = self.reference(table)
                elements += [*definitions, key]
                if self.chance(0.6):
                    elements.append(f"{self.named('uq', table, names)}UNIQUE ({', '.join(map(quote, names))})")
            except Nothing:
                pass
        return elements
