-- Measurements: arrays, domains, composite types, generated and identity columns, typed tables, indexes of every kind.
-- From PostgreSQL 15.

BEGIN;

CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);
ALTER TABLE alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

CREATE DOMAIN celsius AS real CONSTRAINT ck_celsius CHECK (VALUE > -273.15);
CREATE DOMAIN percent AS numeric(5, 2) DEFAULT 0 NOT NULL CONSTRAINT ck_percent CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN moment AS timestamptz DEFAULT now() NOT NULL;
CREATE DOMAIN device_id AS uuid;
CREATE DOMAIN tags AS text[] CONSTRAINT ck_tags CHECK (cardinality(VALUE) <= 20);
CREATE DOMAIN switch AS boolean DEFAULT false NOT NULL;
CREATE TYPE unit AS ENUM ('celsius', 'percent', 'lux', 'watt', 'volt');
CREATE TYPE axes AS (x double precision, y double precision, z double precision, taken_at timestamptz);
CREATE TYPE celsius_range AS RANGE (SUBTYPE = real);

CREATE TABLE sites (
    id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME site_numbers START 10 INCREMENT 10),
    name varchar(100) NOT NULL,
    place point NOT NULL,
    outline polygon,
    timezone varchar(64) DEFAULT 'UTC' NOT NULL,
    networks cidr[] DEFAULT '{}' NOT NULL,
    created_at moment,
    updated_at moment,
    CONSTRAINT pk_sites PRIMARY KEY (id)
);
COMMENT ON COLUMN sites.outline IS 'nullable: small sites are points';
CREATE INDEX ix_sites_place ON sites USING gist (place);
CREATE INDEX ix_sites_place_kd ON sites USING spgist (place kd_point_ops);
CREATE INDEX ix_sites_networks ON sites USING gin (networks);

CREATE TABLE models (
    vendor varchar(36) NOT NULL,
    name varchar(36) NOT NULL,
    measures unit[] DEFAULT '{}' NOT NULL,
    works_within celsius_range DEFAULT '[-20,60)' NOT NULL,
    manual_url varchar(2000) DEFAULT '' NOT NULL,
    created_at timestamptz(3) DEFAULT current_timestamp NOT NULL,
    updated_at timestamptz(3) DEFAULT current_timestamp NOT NULL,
    CONSTRAINT pk_models PRIMARY KEY (vendor, name)
);

CREATE TABLE devices (
    id device_id DEFAULT gen_random_uuid(),
    site_id bigint NOT NULL,
    model_vendor varchar(36) NOT NULL,
    model_name varchar(36) NOT NULL,
    gateway_id device_id,
    serial_number text NOT NULL,
    mac macaddr NOT NULL,
    tags tags DEFAULT '{}' NOT NULL,
    is_muted switch,
    calibration axes DEFAULT ROW(0, 0, 0, NULL) NOT NULL,
    firmware bytea DEFAULT '' NOT NULL,
    battery percent DEFAULT 100,
    checksum text GENERATED ALWAYS AS (md5(serial_number)) STORED,
    created_at moment,
    updated_at moment,
    CONSTRAINT pk_devices PRIMARY KEY (id),
    CONSTRAINT uq_devices_serial_number UNIQUE (serial_number) INCLUDE (site_id),
    CONSTRAINT uq_devices_mac UNIQUE (mac),
    CONSTRAINT ck_devices_serial_number CHECK (serial_number ~ '^[[:alnum:]_-]{4,40}$'),
    CONSTRAINT ck_devices_battery CHECK (battery IS NOT NULL AND battery <= 100),
    CONSTRAINT fk_devices_site_id FOREIGN KEY (site_id) REFERENCES sites (id) ON DELETE RESTRICT,
    CONSTRAINT fk_devices_model FOREIGN KEY (model_vendor, model_name) REFERENCES models (vendor, name)
        ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT fk_devices_gateway_id FOREIGN KEY (gateway_id) REFERENCES devices (id) ON DELETE SET NULL
);
CREATE INDEX ix_devices_site_id ON devices (site_id, id) WITH (fillfactor = 90);
CREATE INDEX ix_devices_model ON devices (model_name, model_vendor);
CREATE INDEX ix_devices_gateway_id ON devices (gateway_id);
CREATE INDEX ix_devices_tags ON devices USING gin (tags);
CREATE INDEX ix_devices_site_id_hash ON devices USING hash (site_id);

-- A table of a type: its columns are those of the type.
CREATE TYPE alarm_row AS (
    id uuid, device_id device_id, level smallint, raised_at timestamptz, created_at timestamptz, updated_at timestamptz
);
CREATE TABLE alarms OF alarm_row (
    id WITH OPTIONS DEFAULT gen_random_uuid(),
    device_id WITH OPTIONS NOT NULL,
    level WITH OPTIONS DEFAULT 1 NOT NULL,
    created_at WITH OPTIONS DEFAULT now() NOT NULL,
    updated_at WITH OPTIONS DEFAULT now() NOT NULL,
    CONSTRAINT pk_alarms PRIMARY KEY (id),
    CONSTRAINT fk_alarms_device_id FOREIGN KEY (device_id) REFERENCES devices ON DELETE CASCADE
);
CREATE INDEX ix_alarms_device_id ON alarms (device_id, raised_at DESC);

INSERT INTO alembic_version VALUES ('s1');
COMMIT;

BEGIN;

CREATE TABLE readings (
    device_id device_id NOT NULL,
    taken_at timestamptz NOT NULL,
    unit unit NOT NULL,
    value double precision NOT NULL,
    raw smallint[] DEFAULT '{}' NOT NULL,
    quality percent,
    energy_total_kwh double precision DEFAULT 0 NOT NULL,
    delta double precision GENERATED ALWAYS AS (value - 273.15) STORED,
    created_at moment,
    updated_at moment,
    CONSTRAINT pk_readings PRIMARY KEY (device_id, taken_at, unit),
    CONSTRAINT fk_readings_device_id FOREIGN KEY (device_id) REFERENCES devices (id) ON DELETE CASCADE
) PARTITION BY RANGE (taken_at, unit);
CREATE TABLE readings_2024 PARTITION OF readings
    FOR VALUES FROM ('2024-01-01Z', MINVALUE) TO ('2025-01-01Z', MINVALUE) WITH (fillfactor = 100);
CREATE TABLE readings_other PARTITION OF readings DEFAULT;
CREATE INDEX ix_readings_taken_at ON readings USING brin (taken_at timestamptz_minmax_multi_ops) WITH (autosummarize);
CREATE INDEX ix_readings_hot ON readings ((value > 300), taken_at) WHERE unit = 'celsius';
CREATE STATISTICS readings_unit_value (dependencies) ON unit, value FROM readings_2024;

-- A state holds for a time, and one device has one state at a time; the end may be open.
CREATE EXTENSION btree_gist;
CREATE TABLE device_states (
    device_id uuid NOT NULL CONSTRAINT fk_device_states_device_id REFERENCES devices ON DELETE CASCADE,
    no bigint GENERATED ALWAYS AS IDENTITY,
    during tstzrange DEFAULT tstzrange(now(), NULL) NOT NULL,
    quiet tstzmultirange DEFAULT '{}' NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_device_states PRIMARY KEY (device_id, no),
    CONSTRAINT ex_device_states_during EXCLUDE USING gist (device_id WITH =, during WITH &&)
);
CREATE INDEX ix_device_states_state ON device_states USING gin (state);
CREATE INDEX ix_device_states_state_path ON device_states USING gin (state jsonb_path_ops);
CREATE INDEX ix_device_states_mode ON device_states ((state ->> 'mode'));

CREATE TABLE rules (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_rules PRIMARY KEY,
    name varchar(100) NOT NULL,
    condition jsonpath NOT NULL,
    weekdays bit(7) DEFAULT B'1111111' NOT NULL,
    from_time time DEFAULT '00:00' NOT NULL,
    cooldown interval DEFAULT '5 min' NOT NULL CONSTRAINT ck_rules_cooldown CHECK (cooldown > '0'),
    fires_on_missing switch DEFAULT true,
    created_at moment,
    updated_at moment
);

CREATE TABLE device_rules (
    device_id device_id NOT NULL CONSTRAINT fk_device_rules_device_id REFERENCES devices ON DELETE CASCADE,
    rule_id bigint NOT NULL CONSTRAINT fk_device_rules_rule_id REFERENCES rules ON DELETE CASCADE,
    created_at moment,
    updated_at moment,
    CONSTRAINT uq_device_rules_both UNIQUE (device_id, rule_id),
    CONSTRAINT pk_device_rules PRIMARY KEY (rule_id, device_id)
);

UPDATE alembic_version SET version_num = 's2';
COMMIT;

BEGIN;

ALTER TYPE axes ADD ATTRIBUTE note varchar(100);
ALTER TYPE alarm_row ADD ATTRIBUTE acknowledged_at timestamptz CASCADE;
ALTER TYPE unit ADD VALUE IF NOT EXISTS 'ampere';
ALTER DOMAIN celsius RENAME TO degrees;
ALTER TABLE sites ALTER COLUMN id RESTART WITH 100;
ALTER TABLE sites ALTER COLUMN networks SET STATISTICS 200, ALTER COLUMN outline SET STORAGE EXTERNAL;
ALTER TABLE devices ALTER COLUMN battery DROP DEFAULT, ALTER COLUMN battery SET DEFAULT 50;
ALTER TABLE readings ADD COLUMN feels_like degrees DEFAULT 20 NOT NULL;
ALTER TABLE devices CLUSTER ON pk_devices;
ALTER TABLE devices REPLICA IDENTITY USING INDEX uq_devices_mac;

UPDATE alembic_version SET version_num = 's3';
COMMIT;
