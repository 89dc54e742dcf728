-- Another event trigger, whose name comes first, changes the new table before the end of the statement is checked: what
-- the statement itself left to the commit was taken for old.
-- settings: guardrail.preset=core guardrail.table_without_primary_key=error
-- the superuser, guard off
CREATE FUNCTION public.give() RETURNS event_trigger LANGUAGE plpgsql AS $give$
    BEGIN ALTER TABLE orders ADD IF NOT EXISTS note varchar(9) NOT NULL; END $give$;
CREATE EVENT TRIGGER aaa ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.give();
-- session 1
CREATE TABLE orders (id bigint);
