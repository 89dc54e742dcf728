-- Takes away what the test has brought, so that what is left is the tool's own.
DROP EVENT TRIGGER truth_journal;
DROP SCHEMA truth CASCADE;
DROP EXTENSION pg_guardrail;
