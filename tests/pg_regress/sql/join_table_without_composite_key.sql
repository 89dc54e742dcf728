-- A table that only links rows must have a key over its foreign keys; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.join_table_without_composite_key = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE posts (id bigint PRIMARY KEY);
CREATE TABLE tags (id bigint PRIMARY KEY);

-- A join table without a primary key, and one with a primary key of its own.
CREATE TABLE post_tags (post_id bigint REFERENCES posts, tag_id bigint REFERENCES tags, created_at timestamptz);
CREATE TABLE post_tags (
    id bigint PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts, "Tag" bigint NOT NULL REFERENCES tags
);

-- A later statement may make the key.
BEGIN;
CREATE TABLE post_tags (
    id bigint PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts, "Tag" bigint NOT NULL REFERENCES tags
);
ALTER TABLE public.post_tags ADD CONSTRAINT "uq_post_tags_post_id_Tag" UNIQUE (post_id, "Tag");
COMMIT;
ALTER TABLE post_tags DROP CONSTRAINT "uq_post_tags_post_id_Tag";

-- A table with any other column is no join table.
CREATE TABLE lines (post_id bigint REFERENCES posts, tag_id bigint REFERENCES tags, weight integer);
ALTER TABLE lines DROP COLUMN weight;

-- The options name columns that a join table may have besides, and the migration tables.
SET guardrail.required_columns = '{"made_by": {"type": "text"}}';
SET guardrail.tenant_column = 'tenant_id';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (post_id bigint REFERENCES posts, tag_id bigint REFERENCES tags);
CREATE TABLE links (
    tenant_id bigint REFERENCES tenants, post_id bigint REFERENCES posts, tag_id bigint REFERENCES tags, made_by text
);

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (post_id bigint REFERENCES posts, tag_id bigint REFERENCES tags);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN made_by text;

DROP TABLE post_tags, lines, versions, legacy, tags, posts, tenants;
