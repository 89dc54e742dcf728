-- An index that includes a column of another session's temporary domain was taken for one that stays. It goes when that
-- session ends, and leaves the key without an index.
-- settings: guardrail.preset=core
-- the superuser, guard off
SET ROLE app; CREATE TABLE p (id bigint CONSTRAINT pk_p PRIMARY KEY); RESET ROLE;
-- session 1
CREATE DOMAIN pg_temp.d AS bigint;
-- session 1
CREATE TABLE c (a bigint, x pg_temp.d);
-- session 1
CREATE INDEX ix ON c (a) INCLUDE (x);
-- session 2
ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE;
