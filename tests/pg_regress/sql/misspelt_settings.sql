-- From PostgreSQL 15 on, the prefix of the settings is reserved: a misspelt name is refused, like a misspelt value. Older
-- ones accept it, and it is reported once a session.
LOAD 'pg_guardrail';
SET guardrail.fk_without_indx = 'error';
ALTER DATABASE :DBNAME SET guardrail.fk_without_indx = 'error';
SET guardrail.mode.x = 'off';
CREATE TEMP TABLE told (id bigint);

-- One that was set before the library was loaded is reported then, and does not count.
\c
SET guardrail.fk_without_indx = 'off';
SELECT count(*) > 0 AS loaded FROM guardrail.rules;
SHOW guardrail.fk_without_indx;
SELECT current_setting('server_version_num')::int < 150000 AS accepted \gset
\if :accepted
  ALTER DATABASE :DBNAME RESET guardrail.fk_without_indx;
\endif
