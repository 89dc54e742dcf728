"""A small shop: the tables and migrations that the demo of pg_guardrail runs."""
