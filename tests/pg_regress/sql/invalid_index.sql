-- Indexes must be valid. The audit lists those that are not.
SET guardrail.preset = 'none';
SET guardrail.invalid_index = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Orders" (id bigint, code text);
INSERT INTO "Orders" VALUES (1, 'A-1'), (2, 'A-1');

-- The statement fails, but not for a violation.
CREATE UNIQUE INDEX CONCURRENTLY "ix_Orders_code" ON "Orders" (code);
SELECT message, reason, level, moment, object_kind, schema_name, table_name, index_name, certain
FROM guardrail.audit() \gx
SELECT fix, fix_applies, fix_caution FROM guardrail.audit() \gx

-- A leftover of REINDEX CONCURRENTLY is dropped.
ALTER INDEX "ix_Orders_code" RENAME TO "ix_Orders_code_ccnew1";
SELECT fix, fix_applies, fix_caution FROM guardrail.audit() \gx
DROP INDEX public."ix_Orders_code_ccnew1";
SELECT count(*) FROM guardrail.audit();

DROP TABLE "Orders";
