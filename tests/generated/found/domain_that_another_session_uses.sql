-- While the change of a domain was not committed, another session made a column of it.
-- settings: guardrail.preset=none guardrail.nullable_column=error
-- session 1
CREATE DOMAIN code AS bigint NOT NULL;
-- session 1
BEGIN;
-- session 1
ALTER DOMAIN code DROP NOT NULL;
-- session 2
CREATE TABLE c (a code);
-- session 1
COMMIT;
