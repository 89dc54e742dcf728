-- While the renaming of an exempt schema was not committed, another session made a table in it. Neither transaction looked at
-- the table under its new name.
-- settings: guardrail.missing_required_column='error'
-- session 1
BEGIN;
-- session 2
BEGIN;
-- session 2
SELECT 1::bigint AS code INTO attic.notes92;
-- session 1
ALTER SCHEMA attic RENAME TO sch63;
-- session 2
COMMIT;
-- session 1
COMMIT;
