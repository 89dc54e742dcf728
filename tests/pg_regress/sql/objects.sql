-- The objects of the extension, each with its comment. (Unaligned, so that a new object is one line.)
\pset format unaligned
SELECT type, identity, obj_description(objid, classid::regclass::name) AS comment
FROM pg_depend, pg_identify_object(classid, objid, objsubid)
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_guardrail')
    AND type NOT IN ('type', 'rule')
ORDER BY type COLLATE "C", identity COLLATE "C";

-- What PUBLIC may do with them.
SELECT nspname, has_schema_privilege('public', oid, 'USAGE') AS usage, has_schema_privilege('public', oid, 'CREATE') AS "create"
FROM pg_namespace WHERE nspname = 'guardrail';
SELECT proname, pg_get_function_result(oid) AS result, provolatile, proparallel, proisstrict, prosecdef,
    has_function_privilege('public', oid, 'EXECUTE') AS execute
FROM pg_proc WHERE pronamespace = 'guardrail'::regnamespace ORDER BY proname COLLATE "C";

\pset format aligned
\d guardrail.rules
SELECT attname, col_description(attrelid, attnum) AS comment FROM pg_attribute
WHERE attrelid = 'guardrail.rules'::regclass AND attnum > 0 ORDER BY attnum;
SELECT has_table_privilege('public', 'guardrail.rules', 'SELECT');

SELECT evtname, evtevent, evtenabled, evttags FROM pg_event_trigger WHERE evtname LIKE 'pg\_guardrail%' ORDER BY evtname;

-- Every object and every column has its comment.
SELECT classid::regclass, objid FROM pg_depend
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_guardrail')
    AND classid NOT IN ('pg_type'::regclass, 'pg_rewrite'::regclass)
    AND obj_description(objid, classid::regclass::name) IS NULL;
SELECT attname FROM pg_attribute
WHERE attrelid = 'guardrail.rules'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- The core rules.
SET guardrail.preset = 'core';
SELECT id, moment, level, summary FROM guardrail.rules WHERE preset_level = 'error' ORDER BY id COLLATE "C";

-- Only event triggers may call the event-trigger functions.
SELECT guardrail.ddl_command_end();

-- It can be created once, dropped, and created again.
CREATE EXTENSION pg_guardrail;
DROP EXTENSION pg_guardrail;
SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'pg\_guardrail%';
SELECT to_regnamespace('guardrail');
CREATE TABLE t (at timestamp);
CREATE EXTENSION pg_guardrail;
SET guardrail.mode = 'enforce';
CREATE TABLE u (at timestamp);
RESET guardrail.mode;
DROP TABLE t;
