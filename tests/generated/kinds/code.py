"""Code that runs other statements."""

from . import kind


def inner(d):
    """A statement of another kind, as text in dollar quotes."""
    from . import KINDS

    names = ["create table", "add column", "add foreign key", "create index", "drop constraint", "alter column type",
             "rename table", "set schema", "attach partition", "detach partition", "create table as", "drop index",
             "alter composite type", "no inherit", "rename column"]
    return KINDS[d.pick(names)].draw(d)


@kind("function that runs a statement", weight=2)
def through_function(d):
    return f"SELECT public.run($run${inner(d)}$run$)"


@kind("trigger that runs a statement")
def through_trigger(d):
    return f"INSERT INTO public.scratch_run VALUES (1, $run${inner(d)}$run$)"


@kind("deferred trigger that runs a statement")
def through_deferred_trigger(d):
    return f"INSERT INTO public.scratch_later VALUES (1, $run${inner(d)}$run$)"


@kind("query that runs a statement in a new table")
def create_table_as_function(d):
    return f"CREATE TABLE {d.new_table()} AS SELECT public.run($run${inner(d)}$run$) AS code"


@kind("event trigger that runs statements", legacy=True, weight=0.15)
def event_trigger(d):
    """Others have event triggers, too: this one gives each new table something."""
    give = d.pick([
        "ALTER TABLE %s ADD COLUMN by_trigger timestamptz NOT NULL DEFAULT now()",
        "ALTER TABLE %s ADD CONSTRAINT ck_by_trigger CHECK (1 > 0)",
        "ALTER TABLE %s ADD CHECK (2 > 1)",
        "ALTER TABLE %s ADD COLUMN by_trigger timestamp",
        "COMMENT ON TABLE %s IS 'by trigger'",
    ])
    name = d.pick(["aaa", "zzz"])
    return f"""
        CREATE OR REPLACE FUNCTION public.give_{name}() RETURNS event_trigger LANGUAGE plpgsql AS $give$
        DECLARE
            one record;
        BEGIN
            FOR one IN SELECT object_identity FROM pg_event_trigger_ddl_commands()
                       WHERE object_type = 'table' AND command_tag = 'CREATE TABLE' AND schema_name <> 'pg_temp'
            LOOP EXECUTE format('{give.replace("'", "''")}', one.object_identity); END LOOP;
        END $give$;
        CREATE EVENT TRIGGER {name} ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
            EXECUTE FUNCTION public.give_{name}()"""
