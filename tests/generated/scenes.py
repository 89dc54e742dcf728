"""Small schemas for programs to begin with, in which most kinds of statements have something to be about.

Each scene is a list of statements. Some of them keep every convention, and some do not."""

from draw import REQUIRED

REQUIRED_TEXT = ", ".join(REQUIRED)


def name(d, stem):
    schema = d.pick(["", "", "public.", "s2.", "attic."])
    return schema, f"{stem}{d.rng.randrange(100)}"


def keys(d):
    """A referenced table, and one that refers to it, twice perhaps, and to itself."""
    (schema, p), (other, c) = name(d, "par"), name(d, "chi")
    yield (f"CREATE TABLE {schema}{p} (id bigint {d.named('pk', p, [])}PRIMARY KEY, code bigint NOT NULL, "
           f"CONSTRAINT uq_{p}_code UNIQUE (code), CONSTRAINT uq_{p}_both UNIQUE (code, id), {REQUIRED_TEXT})")
    yield (f"CREATE TABLE {other}{c} (id bigint {d.named('pk', c, [])}PRIMARY KEY, par_id bigint NOT NULL, "
           f"code bigint NOT NULL, up_id bigint NOT NULL, label varchar(20) NOT NULL, "
           f"{REQUIRED_TEXT}, {d.named('fk', c, ['par_id'])}"
           f"FOREIGN KEY (par_id) REFERENCES {schema}{p}{d.action()})")
    if not d.is_faulty():
        yield f"CREATE INDEX ix_{c}_par_id ON {other}{c} (par_id)"
    if d.chance(0.5):
        yield (f"ALTER TABLE {other}{c} ADD CONSTRAINT fk_{c}_both FOREIGN KEY (code, par_id) REFERENCES {schema}{p} "
               f"(code, id){d.action()}")
        yield f"CREATE INDEX ix_{c}_both ON {other}{c} (code, par_id)"
    if d.chance(0.4):
        yield f"ALTER TABLE {other}{c} ADD CONSTRAINT fk_{c}_up FOREIGN KEY (up_id) REFERENCES {other}{c}{d.action()}"
        if d.chance(0.7):
            yield f"CREATE INDEX ix_{c}_up_id ON {other}{c} (up_id)"


def partitions(d):
    """A partitioned table that refers to another one, two partitions, and tables that may become one."""
    schema, e = name(d, "eve")
    (place, p), way = name(d, "par"), d.pick(["RANGE", "LIST"])
    bad = ", made timestamp NOT NULL" if d.is_faulty() else ""
    yield f"CREATE TABLE {place}{p} (id bigint {d.named('pk', p, [])}PRIMARY KEY, {REQUIRED_TEXT})"
    yield (f"CREATE TABLE {schema}{e} (id bigint NOT NULL, par_id bigint NOT NULL, code bigint NOT NULL{bad}, "
           f"{REQUIRED_TEXT}, {d.primary_key(e)}, {d.named('fk', e, ['par_id'])}FOREIGN KEY (par_id) "
           f"REFERENCES {place}{p}{d.action()}) "
           f"PARTITION BY {way} (id)")
    if not d.is_faulty():
        yield f"CREATE INDEX ix_{e}_par_id ON {schema}{e} (par_id)"
    for number in (50, 51):
        bound = f"FROM ({number}) TO ({number + 1})" if way == "RANGE" else f"IN ({number})"
        below = d.optional(" PARTITION BY RANGE (id)", 0.2)
        yield f"CREATE TABLE {schema}{e}_{number} PARTITION OF {schema}{e} FOR VALUES {bound}{below}"
    yield f"CREATE TABLE {schema}{e}_52 (LIKE {schema}{e} INCLUDING {d.pick(['ALL', 'INDEXES', 'DEFAULTS'])})"
    yield f"CREATE TABLE {schema}{e}_53 (LIKE {schema}{e} INCLUDING ALL)"


def inheritance(d):
    """A parent, two heirs, and a table that could be one."""
    schema, b = name(d, "bas")
    bad = ", made timestamp" if d.is_faulty() else ""
    check = f", {d.named('ck', b, ['code'])}CHECK (code > 0)" if d.chance(0.6) else ""
    columns = f"id bigint NOT NULL, code bigint NOT NULL{bad}, {REQUIRED_TEXT}{check}"
    yield f"CREATE TABLE {schema}{b} ({columns}, {d.primary_key(b)})"
    for heir in (f"{b}_a", f"{b}_b"):
        own = f"{d.primary_key(heir)}" if not d.is_faulty() else "own integer NOT NULL"
        yield f"CREATE TABLE {schema}{heir} ({own}) INHERITS ({schema}{b})"
    if d.chance(0.4):
        yield f"CREATE TABLE {schema}{b}_ab () INHERITS ({schema}{b}_a)"
    yield f"CREATE TABLE {schema}{b}_c ({columns}, {d.primary_key(f'{b}_c')})"


def types(d):
    """A domain, a composite type and an enum, and tables with columns of them; a table of the composite type."""
    schema, n = name(d, "typ")
    base = d.pick(["bigint", "timestamptz", "timestamp", "text"])
    yield f"CREATE DOMAIN {schema}{n}_d AS {base}"
    yield f"CREATE TYPE {schema}{n}_c AS (first bigint, second {d.pick(['bigint', 'timestamptz', f'{schema}{n}_d'])})"
    yield f"CREATE TYPE {schema}{n}_e AS ENUM ('a', 'b')"
    yield (f"CREATE TABLE {schema}{n} (id bigint {d.named('pk', n, [])}PRIMARY KEY, dom {schema}{n}_d NOT NULL, "
           f"com {schema}{n}_c NOT NULL, enu {schema}{n}_e[] NOT NULL, {REQUIRED_TEXT})")
    yield f"CREATE TABLE {schema}{n}_of OF {schema}{n}_c ({d.primary_key(f'{n}_of', ['first'])})"


def views(d):
    """A table, a view and a materialized view of it, and a table with columns of their row types."""
    schema, v = name(d, "vie")
    yield (f"CREATE TABLE {schema}{v} (id bigint {d.named('pk', v, [])}PRIMARY KEY, label varchar(9) NOT NULL, "
           f"{REQUIRED_TEXT})")
    yield f"CREATE VIEW {schema}{v}_v AS SELECT id, label, created_at FROM {schema}{v}"
    yield f"CREATE MATERIALIZED VIEW {schema}{v}_m AS SELECT id, label FROM {schema}{v}"
    yield (f"CREATE TABLE {schema}{v}_t (id bigint {d.named('pk', f'{v}_t', [])}PRIMARY KEY, "
           f"one {schema}{v}_v NOT NULL, rows {schema}{v}[] NOT NULL, {REQUIRED_TEXT})")


def temporary(d):
    """What an index or a column may depend on, and goes with the session."""
    schema, t = name(d, "tmp")
    yield f"CREATE TABLE {schema}{t} (id bigint {d.named('pk', t, [])}PRIMARY KEY, {REQUIRED_TEXT})"
    yield f"CREATE TEMPORARY TABLE {t}_t (id bigint, at timestamp)"
    yield f"CREATE DOMAIN pg_temp.{t}_d AS bigint"
    yield f"ALTER TABLE {schema}{t} ADD COLUMN of_temporary pg_temp.{t}_d"
    yield f"CREATE INDEX ix_{t}_of ON {schema}{t} (id) INCLUDE (of_temporary)"


def unfinished(d):
    """What waits for a second statement: a unique index for a key, keys and checks that are not validated, columns
    and a sequence whose making can be taken back."""
    schema, u = name(d, "unf")
    yield f"CREATE SEQUENCE {schema}{u}_seq"
    yield (f"CREATE TABLE {schema}{u} (id bigint {d.named('pk', u, [])}PRIMARY KEY, up_id bigint NOT NULL, "
           f"code bigint NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, "
           f"twice bigint NOT NULL GENERATED ALWAYS AS (code * 2) STORED, {REQUIRED_TEXT})")
    yield f"CREATE UNIQUE INDEX ix_{u}_code ON {schema}{u} (code)"
    yield f"CREATE INDEX ix_{u}_up_id ON {schema}{u} (up_id)"
    yield (f"ALTER TABLE {schema}{u} ADD {d.named('fk', u, ['up_id'])}FOREIGN KEY (up_id) REFERENCES {schema}{u}"
           f"{d.action()} NOT VALID")
    yield f"ALTER TABLE {schema}{u} ADD {d.named('ck', u, ['code'])}CHECK (code > 0) NOT VALID"


def unattached(d):
    """A partitioned table with an index that its partitions do not have yet, and indexes that could be theirs."""
    schema, n = name(d, "una")
    yield (f"CREATE TABLE {schema}{n} (id bigint NOT NULL, code bigint NOT NULL, {REQUIRED_TEXT}, "
           f"{d.primary_key(n)}) PARTITION BY RANGE (id)")
    for number in (60, 61):
        yield f"CREATE TABLE {schema}{n}_{number} PARTITION OF {schema}{n} FOR VALUES FROM ({number}) TO ({number + 1})"
    yield f"CREATE INDEX ix_{n}_code ON ONLY {schema}{n} (code)"
    for number in (60, 61):
        yield f"CREATE INDEX ix_{n}_{number}_code ON {schema}{n}_{number} (code)"


def texts(d):
    """Texts that are bounded where their keys lead to, through a table whose own column may be of any length."""
    schema, t = name(d, "tex")
    places = [schema, *(d.pick(["", "s2.", "attic."]) for _ in range(2))]
    columns = ["code", d.pick(["notes", "code"]), "code"]
    for number, (place, column) in enumerate(zip(places, columns)):
        key = ""
        if number:
            key = (f", {d.named('fk', f'{t}_{number}', [column])}FOREIGN KEY ({column}) REFERENCES "
                   f"{places[number - 1]}{t}_{number - 1} ({columns[number - 1]}){d.action()}")
        check = f", {d.named('ck', f'{t}_{number}', [column])}CHECK (length({column}) < 9)" if d.chance(1 - number / 3) else ""
        yield (f"CREATE TABLE {place}{t}_{number} (id bigint {d.named('pk', f'{t}_{number}', [])}PRIMARY KEY, "
               f"{column} text NOT NULL, CONSTRAINT uq_{t}_{number} UNIQUE ({column}), {REQUIRED_TEXT}{key}{check})")


SCENES = (keys, keys, partitions, partitions, inheritance, types, views, temporary, unfinished, unattached, texts)
