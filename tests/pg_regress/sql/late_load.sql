-- Where the library is not preloaded, the first DDL statement of a session loads it. What an ordinary user has set
-- before that does not survive.
\set superuser :USER
-- Servers that ask for passwords, such as those of pg_virtualenv, know the one of the user who runs the tests.
\set password `echo "$PGPASSWORD"`
CREATE ROLE regress_guardrail_user LOGIN PASSWORD :'password';
GRANT CREATE ON SCHEMA public TO regress_guardrail_user;
ALTER DATABASE :DBNAME SET guardrail.preset = 'core';
ALTER DATABASE :DBNAME SET guardrail.mode = 'enforce';

\c - regress_guardrail_user
SET guardrail.mode = 'off';
SHOW guardrail.mode;
CREATE TABLE t (at timestamp);
SHOW guardrail.mode;
SET guardrail.mode = 'off';

-- In the very transaction of the SET.
\c - regress_guardrail_user
BEGIN;
SET LOCAL guardrail.timestamp_without_time_zone = 'off';
CREATE TABLE t (at timestamp);
ROLLBACK;
SHOW guardrail.timestamp_without_time_zone;

-- What a superuser has set before does count, unless it is misspelt.
\c - :superuser
SET guardrail.mode = 'warn';
CREATE TABLE t (at timestamp);
SHOW guardrail.mode;
\c - :superuser
SET guardrail.mode = 'wran';
CREATE TABLE u (at timestamp);
SHOW guardrail.mode;

DROP TABLE t;
REVOKE CREATE ON SCHEMA public FROM regress_guardrail_user;
DROP ROLE regress_guardrail_user;
ALTER DATABASE :DBNAME RESET guardrail.preset;
ALTER DATABASE :DBNAME RESET guardrail.mode;
