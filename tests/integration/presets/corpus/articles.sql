-- A publisher: full-text search, expression, covering and partial indexes, case-insensitive text, everything described.
-- From PostgreSQL 15.

BEGIN;

CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;

CREATE TABLE IF NOT EXISTS alembic_version (
    version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY
);

CREATE TYPE article_state AS ENUM ('idea', 'draft', 'review', 'published', 'withdrawn');
CREATE DOMAIN slug AS varchar(80) CONSTRAINT ck_slug CHECK (VALUE ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
CREATE COLLATION byte_order FROM "C";

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY,
    handle citext NOT NULL,
    name varchar(120) COLLATE byte_order NOT NULL,
    bio text DEFAULT '' NOT NULL,
    links xml,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_handle UNIQUE (handle),
    CONSTRAINT ck_people_handle CHECK (length(handle) BETWEEN 3 AND 40)
);
COMMENT ON TABLE people IS 'Who writes, edits or comments';
COMMENT ON COLUMN people.links IS 'nullable: as they came from the old system, until somebody has read them';
CREATE INDEX ix_people_name ON people USING gin (name gin_trgm_ops);
CREATE INDEX ix_people_name_lower ON people (lower(name) varchar_pattern_ops);
CREATE INDEX ix_people_name_default ON people (name COLLATE "default");
CREATE INDEX ix_people_name_bytes ON people (name);

CREATE TABLE articles (
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug slug NOT NULL,
    language regconfig DEFAULT 'english' NOT NULL,
    title text NOT NULL,
    subtitle text,
    body_markdown text DEFAULT '' NOT NULL,
    keywords text[] DEFAULT '{}' NOT NULL,
    state article_state DEFAULT 'idea' NOT NULL,
    words integer GENERATED ALWAYS AS (array_length(regexp_split_to_array(body_markdown, '\s+'), 1)) STORED,
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body_markdown), 'B')
    ) STORED,
    author_id bigint NOT NULL,
    editor_id bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    published_at timestamptz,
    embargo_until timestamptz,
    CONSTRAINT pk_articles PRIMARY KEY (id),
    CONSTRAINT ck_articles_title CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT ck_articles_subtitle CHECK (subtitle IS NULL OR char_length(subtitle) <= 300),
    CONSTRAINT ck_articles_published CHECK (state <> 'published' OR published_at IS NOT NULL),
    CONSTRAINT fk_articles_author_id_people FOREIGN KEY (author_id) REFERENCES people (id) ON DELETE RESTRICT,
    CONSTRAINT fk_articles_editor_id_people FOREIGN KEY (editor_id) REFERENCES people (id) ON DELETE SET NULL
);
COMMENT ON COLUMN articles.subtitle IS 'nullable: short pieces have none';
CREATE INDEX ix_articles_search ON articles USING gin (search);
CREATE INDEX ix_articles_search_rank ON articles USING gist (search tsvector_ops (siglen = 100));
CREATE INDEX ix_articles_keywords ON articles USING gin (keywords) WITH (fastupdate = off);
CREATE INDEX ix_articles_title_trigram ON articles USING gin (title gin_trgm_ops);
CREATE INDEX ix_articles_author_id ON articles (author_id, published_at DESC NULLS LAST) INCLUDE (title);
CREATE INDEX ix_articles_editor_id ON articles (editor_id) WHERE (editor_id IS NOT NULL);
CREATE UNIQUE INDEX uq_articles_slug ON articles (lower(slug::text));
CREATE INDEX ix_articles_published_at ON articles (published_at DESC) WHERE state = 'published';
CREATE INDEX ix_articles_published_at_withdrawn ON articles (published_at DESC) WHERE state = 'withdrawn';
CREATE INDEX ix_articles_month ON articles (date_trunc('month', published_at AT TIME ZONE 'UTC'));

-- A name of exactly the 63 bytes that a server keeps, and no more.
CREATE INDEX ix_articles_embargo_until_and_published_at_and_state_of_drafts1 ON articles (embargo_until, published_at, state);

CREATE TABLE revisions (
    article_id bigint NOT NULL,
    number bigint NOT NULL,
    author_id bigint NOT NULL,
    title text NOT NULL,
    content text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_revisions PRIMARY KEY (article_id, number) INCLUDE (created_at),
    CONSTRAINT fk_revisions_article_id_articles FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE,
    CONSTRAINT fk_revisions_author_id_people FOREIGN KEY (author_id) REFERENCES people (id) ON DELETE RESTRICT,
    CONSTRAINT ck_revisions_number CHECK (number > 0),
    CONSTRAINT ck_revisions_title_and_digest CHECK (octet_length(digest) = 32 AND octet_length(title) < 1200)
);
CREATE INDEX ix_revisions_author_id ON revisions USING btree (author_id, article_id);

-- Two references to one table, and to one row of it by two of its keys.
CREATE TABLE relations (
    from_id bigint NOT NULL,
    to_id bigint NOT NULL,
    kind varchar(20) DEFAULT 'see also' NOT NULL,
    weight double precision DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_relations PRIMARY KEY (from_id, to_id),
    CONSTRAINT fk_relations_from_id_articles FOREIGN KEY (from_id) REFERENCES articles (id) ON DELETE CASCADE,
    CONSTRAINT fk_relations_to_id_articles FOREIGN KEY (to_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX ix_relations_to_id ON relations (to_id);

INSERT INTO alembic_version VALUES ('0001');
INSERT INTO people (handle, name) VALUES ('editors', 'The editors');
INSERT INTO articles (slug, title, author_id) VALUES ('welcome', 'Welcome', 1), ('about-us', 'About us', 1);

COMMIT;

BEGIN;

CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY,
    article_id bigint NOT NULL,
    reply_to bigint,
    path bigint[] DEFAULT '{}' NOT NULL,
    author_id bigint,
    author_address inet NOT NULL,
    comment text NOT NULL,
    approved_by bigint,
    score smallint DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    approved_at timestamptz,
    CONSTRAINT pk_comments PRIMARY KEY (id),
    CONSTRAINT uq_comments_id_article_id UNIQUE (id, article_id),
    CONSTRAINT fk_comments_article_id_articles FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE,
    -- An answer is under the same article as what it answers.
    CONSTRAINT fk_comments_reply_to_comments FOREIGN KEY (reply_to, article_id) REFERENCES comments (id, article_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_comments_author_id_people FOREIGN KEY (author_id) REFERENCES people (id) ON DELETE SET NULL,
    CONSTRAINT fk_comments_approved_by_people FOREIGN KEY (approved_by) REFERENCES people (id) ON DELETE SET NULL,
    CONSTRAINT ck_comments_approved CHECK ((approved_by IS NULL) OR (approved_at IS NOT NULL))
);
CREATE INDEX ix_comments_article_id ON comments (article_id, created_at);
CREATE INDEX ix_comments_reply_to ON comments (reply_to, article_id);
CREATE INDEX ix_comments_author_id ON comments (author_id);
CREATE INDEX ix_comments_approved_by ON comments (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX ix_comments_path ON comments USING btree (path);
CREATE INDEX ix_comments_comment ON comments USING gist (comment gist_trgm_ops);

CREATE VIEW published AS SELECT * FROM articles WHERE state = 'published' WITH CASCADED CHECK OPTION;
CREATE RECURSIVE VIEW threads (id, depth) AS
    SELECT id, 0 FROM comments WHERE reply_to IS NULL
    UNION ALL SELECT comments.id, threads.depth + 1 FROM comments JOIN threads ON comments.reply_to = threads.id;

UPDATE alembic_version SET version_num = '0002';

COMMIT;

BEGIN;

-- Tables with rows in them: each new column says what the old rows get.
DROP VIEW published;
ALTER TABLE articles ADD COLUMN reading_time interval DEFAULT '3 min' NOT NULL;
ALTER TABLE articles ADD COLUMN is_pinned boolean;
UPDATE articles SET is_pinned = false;
ALTER TABLE articles
    ALTER COLUMN is_pinned SET DEFAULT false,
    ALTER COLUMN is_pinned SET NOT NULL,
    ADD COLUMN licence varchar(40) DEFAULT 'CC BY 4.0' NOT NULL,
    ADD CONSTRAINT ck_articles_licence CHECK (licence <> '');
ALTER TABLE articles RENAME COLUMN subtitle TO strapline;
ALTER TABLE articles RENAME CONSTRAINT ck_articles_subtitle TO ck_articles_strapline;
ALTER TABLE articles DROP CONSTRAINT ck_articles_strapline, ALTER COLUMN strapline TYPE varchar(300);
-- Of an article nobody has edited there is nothing to lose.
ALTER TABLE articles DROP COLUMN editor_id;
DROP INDEX ix_articles_search_rank;
DROP TABLE relations;

UPDATE alembic_version SET version_num = '0003';

COMMIT;
