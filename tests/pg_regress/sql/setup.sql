-- What every file finds. Each file sets the settings it needs, and leaves nothing behind.
CREATE EXTENSION pg_guardrail;
