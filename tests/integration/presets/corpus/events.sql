-- A log of events: partitions of every kind, below each other, made, attached, detached and given keys later.
-- From PostgreSQL 15.

BEGIN;

CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));

CREATE TYPE region AS ENUM ('africa', 'america', 'asia', 'europe', 'oceania');

CREATE TABLE sources (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sources PRIMARY KEY,
    name varchar(100) NOT NULL CONSTRAINT uq_sources_name UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- By month, and a month by source; what fits nowhere goes to a default.
CREATE TABLE events (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    occurred_at timestamptz NOT NULL,
    region region NOT NULL,
    source_id bigint NOT NULL,
    kind varchar(50) NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_events PRIMARY KEY (id, occurred_at, source_id),
    CONSTRAINT fk_events_source_id FOREIGN KEY (source_id) REFERENCES sources (id) ON DELETE RESTRICT,
    CONSTRAINT ck_events_payload CHECK (pg_column_size(payload) < 65536)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX ix_events_source_id ON events (source_id, occurred_at DESC);
CREATE INDEX ix_events_payload ON events USING gin (payload jsonb_path_ops);
CREATE INDEX ix_events_occurred_at ON events USING brin (occurred_at);

CREATE TABLE events_2024_01 PARTITION OF events
    FOR VALUES FROM ('2024-01-01 00:00Z') TO ('2024-02-01 00:00Z') PARTITION BY LIST (source_id);
CREATE TABLE events_2024_01_busy PARTITION OF events_2024_01 FOR VALUES IN (1, 2, 3);
CREATE TABLE events_2024_01_rest PARTITION OF events_2024_01 DEFAULT;
CREATE TABLE events_2024_02 PARTITION OF events
    FOR VALUES FROM ('2024-02-01 00:00Z') TO ('2024-03-01 00:00Z') PARTITION BY HASH (id);
CREATE TABLE events_2024_02_0 PARTITION OF events_2024_02 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2024_02_1 PARTITION OF events_2024_02 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_default PARTITION OF events DEFAULT;

INSERT INTO alembic_version VALUES ('e1');
COMMIT;

BEGIN;

-- A partition with a default, a check and an index of its own.
CREATE TABLE events_2024_03 PARTITION OF events (
    kind DEFAULT 'imported',
    CONSTRAINT ck_events_2024_03_kind CHECK (kind <> '')
) FOR VALUES FROM ('2024-03-01 00:00Z') TO ('2024-04-01 00:00Z');
CREATE INDEX ix_events_2024_03_kind ON events_2024_03 (kind, occurred_at);

-- One that is filled first and attached afterwards.
CREATE TABLE events_2024_04 (
    LIKE events INCLUDING DEFAULTS INCLUDING STORAGE,
    CONSTRAINT ck_events_2024_04_bounds
        CHECK (occurred_at >= '2024-04-01 00:00Z' AND occurred_at < '2024-05-01 00:00Z')
);
ALTER TABLE events DROP CONSTRAINT ck_events_payload;
ALTER TABLE events ATTACH PARTITION events_2024_04
    FOR VALUES FROM ('2024-04-01 00:00Z') TO ('2024-05-01 00:00Z');
ALTER TABLE events_2024_04 DROP CONSTRAINT ck_events_2024_04_bounds;
ALTER TABLE events ADD CONSTRAINT ck_events_payload CHECK (pg_column_size(payload) < 1000000);

-- An index that is made part by part, so that no table is locked for long.
CREATE INDEX ix_events_kind ON ONLY events (kind);
CREATE INDEX ix_events_2024_01_by_kind ON ONLY events_2024_01 (kind);
CREATE INDEX ix_events_2024_01_busy_kind ON events_2024_01_busy (kind);
CREATE INDEX ix_events_2024_01_rest_kind ON events_2024_01_rest (kind);
CREATE INDEX ix_events_2024_02_kind ON events_2024_02 (kind);
DROP INDEX ix_events_2024_03_kind;
CREATE INDEX ix_events_2024_03_kind_alone ON events_2024_03 (kind);
CREATE INDEX ix_events_2024_04_kind ON events_2024_04 (kind);
CREATE INDEX ix_events_default_kind ON events_default (kind);
ALTER INDEX ix_events_2024_01_by_kind ATTACH PARTITION ix_events_2024_01_busy_kind;
ALTER INDEX ix_events_2024_01_by_kind ATTACH PARTITION ix_events_2024_01_rest_kind;
ALTER INDEX ix_events_kind ATTACH PARTITION ix_events_2024_01_by_kind;
ALTER INDEX ix_events_kind ATTACH PARTITION ix_events_2024_02_kind;
ALTER INDEX ix_events_kind ATTACH PARTITION ix_events_2024_03_kind_alone;
ALTER INDEX ix_events_kind ATTACH PARTITION ix_events_2024_04_kind;
ALTER INDEX ix_events_kind ATTACH PARTITION ix_events_default_kind;

UPDATE alembic_version SET version_num = 'e2';
COMMIT;

BEGIN;

-- References from and to partitioned tables, also within one.
CREATE TABLE sessions (
    id bigint NOT NULL,
    shard bigint NOT NULL,
    previous_id bigint,
    user_agent varchar(400) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_sessions PRIMARY KEY (shard, id),
    CONSTRAINT fk_sessions_previous FOREIGN KEY (shard, previous_id) REFERENCES sessions (shard, id)
        ON DELETE SET NULL (previous_id)
) PARTITION BY HASH (shard);
CREATE INDEX ix_sessions_previous ON sessions (shard, previous_id);
CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE sessions_2 PARTITION OF sessions FOR VALUES WITH (MODULUS 3, REMAINDER 2);

CREATE TABLE page_views (
    id bigint NOT NULL,
    shard bigint NOT NULL,
    session_id bigint NOT NULL,
    viewed_on date NOT NULL,
    path varchar(2000) NOT NULL,
    took interval NOT NULL DEFAULT '0',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_page_views PRIMARY KEY (shard, viewed_on, id)
) PARTITION BY RANGE (viewed_on, shard);
CREATE TABLE page_views_old PARTITION OF page_views FOR VALUES FROM (MINVALUE, MINVALUE) TO ('2024-01-01', MINVALUE);
CREATE TABLE page_views_new PARTITION OF page_views FOR VALUES FROM ('2024-01-01', MINVALUE) TO (MAXVALUE, MAXVALUE);
ALTER TABLE page_views ADD CONSTRAINT fk_page_views_session FOREIGN KEY (shard, session_id)
    REFERENCES sessions (shard, id) ON DELETE CASCADE;
CREATE INDEX ix_page_views_session ON page_views (session_id, shard);

-- A link between sessions and sources, in parts.
CREATE TABLE session_sources (
    shard bigint NOT NULL,
    session_id bigint NOT NULL,
    source_id bigint NOT NULL CONSTRAINT fk_session_sources_source REFERENCES sources ON DELETE CASCADE,
    CONSTRAINT pk_session_sources PRIMARY KEY (shard, session_id, source_id),
    CONSTRAINT fk_session_sources_session FOREIGN KEY (shard, session_id) REFERENCES sessions ON DELETE CASCADE
) PARTITION BY LIST (shard);
CREATE INDEX ix_session_sources_source_id ON session_sources (source_id);
CREATE TABLE session_sources_all PARTITION OF session_sources DEFAULT;

UPDATE alembic_version SET version_num = 'e3';
COMMIT;

BEGIN;

-- A month is set aside, another one is added, a column comes and goes everywhere.
ALTER TABLE events DETACH PARTITION events_2024_01;
ALTER TABLE events_2024_01 RENAME TO archived_events_2024_01;
ALTER TABLE events ATTACH PARTITION archived_events_2024_01
    FOR VALUES FROM ('2024-01-01 00:00Z') TO ('2024-02-01 00:00Z');
CREATE TABLE events_2024_05 PARTITION OF events
    FOR VALUES FROM ('2024-05-01 00:00Z') TO ('2024-06-01 00:00Z') PARTITION BY RANGE (occurred_at);
CREATE TABLE events_2024_05_default PARTITION OF events_2024_05 DEFAULT;
ALTER TABLE events ADD COLUMN trace_id uuid;
UPDATE events SET trace_id = id;
ALTER TABLE events ALTER COLUMN trace_id SET NOT NULL;
ALTER TABLE events ADD COLUMN host inet NOT NULL DEFAULT '::1';
ALTER TABLE events DROP COLUMN host;
ALTER TABLE page_views ALTER COLUMN path TYPE varchar(4000);

UPDATE alembic_version SET version_num = 'e4';
COMMIT;
