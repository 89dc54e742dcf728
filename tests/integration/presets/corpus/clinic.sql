-- A clinic: uuid keys, exclusion constraints over ranges, enums, keys that are deferred, references in a circle.
-- From PostgreSQL 15.

BEGIN;

CREATE EXTENSION btree_gist;

CREATE TABLE alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TYPE sex AS ENUM ('female', 'male', 'intersex', 'unknown');
CREATE TYPE visit_status AS ENUM ('booked', 'arrived', 'seen', 'cancelled', 'no_show');
CREATE DOMAIN email_address AS text CONSTRAINT ck_email_address CHECK (VALUE LIKE '%_@_%' AND length(VALUE) <= 254);
CREATE DOMAIN phone_number AS varchar(20) CONSTRAINT ck_phone_number CHECK (VALUE ~ '^\+[1-9][0-9]+$');

CREATE TABLE departments (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    code text NOT NULL,
    name varchar(120) NOT NULL,
    head_id uuid,
    opens time DEFAULT '08:00' NOT NULL,
    closes time DEFAULT '18:00' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_departments PRIMARY KEY (id),
    CONSTRAINT uq_departments_code UNIQUE (code),
    CONSTRAINT ck_departments_code CHECK (code ~ '^[A-Z]{2,6}$'),
    CONSTRAINT ck_departments_hours CHECK (opens < closes)
);

CREATE TABLE practitioners (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    department_id uuid NOT NULL,
    licence_number varchar(30) NOT NULL,
    given_name varchar(80) NOT NULL,
    family_name varchar(80) NOT NULL,
    title varchar(30) DEFAULT '' NOT NULL,
    email email_address NOT NULL,
    languages text[] DEFAULT '{}' NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_practitioners PRIMARY KEY (id),
    CONSTRAINT fk_practitioners_department_id_departments FOREIGN KEY (department_id)
        REFERENCES departments (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_practitioners_licence_number UNIQUE (licence_number)
);
CREATE INDEX ix_practitioners_department_id ON practitioners (department_id);
CREATE UNIQUE INDEX uq_practitioners_email ON practitioners (lower(email));

-- The head of a department is one of its practitioners: the references go round in a circle.
ALTER TABLE departments
    ADD CONSTRAINT fk_departments_head_id_practitioners FOREIGN KEY (head_id)
    REFERENCES practitioners (id) ON DELETE SET NULL DEFERRABLE;
CREATE INDEX ix_departments_head_id ON departments (head_id) WHERE head_id IS NOT NULL;

CREATE TABLE patients (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    record_number bigint GENERATED ALWAYS AS IDENTITY,
    given_name varchar(80) NOT NULL,
    family_name varchar(80) NOT NULL,
    birth_name varchar(80),
    born_on date NOT NULL,
    died_on date,
    sex sex DEFAULT 'unknown' NOT NULL,
    phone phone_number,
    mother_id uuid,
    notes text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT pk_patients PRIMARY KEY (id),
    CONSTRAINT uq_patients_record_number UNIQUE (record_number),
    CONSTRAINT fk_patients_mother_id_patients FOREIGN KEY (mother_id) REFERENCES patients (id) ON DELETE RESTRICT,
    CONSTRAINT ck_patients_life CHECK (died_on IS NULL OR died_on >= born_on)
);
COMMENT ON COLUMN patients.birth_name IS 'nullable: most people keep the name they were born with';
COMMENT ON COLUMN patients.phone IS 'nullable: not everybody has one';
CREATE INDEX ix_patients_mother_id ON patients (mother_id);
CREATE INDEX ix_patients_name ON patients (family_name, given_name, born_on) WHERE deleted_at IS NULL;

CREATE TABLE rooms (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    department_id uuid NOT NULL,
    number varchar(10) NOT NULL,
    floor smallint NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_rooms PRIMARY KEY (id),
    CONSTRAINT fk_rooms_department_id_departments FOREIGN KEY (department_id)
        REFERENCES departments (id) ON DELETE CASCADE,
    CONSTRAINT uq_rooms_department_id_number UNIQUE (department_id, number)
);

CREATE TABLE visits (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    patient_id uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    room_id uuid NOT NULL,
    follows_id uuid,
    during tstzrange NOT NULL,
    status visit_status DEFAULT 'booked' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_visits PRIMARY KEY (id),
    CONSTRAINT fk_visits_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE RESTRICT,
    CONSTRAINT fk_visits_practitioner_id_practitioners FOREIGN KEY (practitioner_id)
        REFERENCES practitioners (id) ON DELETE RESTRICT,
    CONSTRAINT fk_visits_room_id_rooms FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE RESTRICT,
    CONSTRAINT fk_visits_follows_id_visits FOREIGN KEY (follows_id) REFERENCES visits (id) ON DELETE SET NULL,
    CONSTRAINT ck_visits_during CHECK (NOT isempty(during) AND NOT upper_inf(during)),
    CONSTRAINT ck_visits_status CHECK (status IN ('booked', 'cancelled') OR lower(during) <= updated_at),
    CONSTRAINT ex_visits_room_id_during EXCLUDE USING gist (room_id WITH =, during WITH &&)
        WHERE (status <> 'cancelled'),
    CONSTRAINT ex_visits_practitioner_id_during EXCLUDE USING gist (practitioner_id WITH =, during WITH &&)
        WHERE (status <> 'cancelled') DEFERRABLE INITIALLY IMMEDIATE
);
-- An exclusion constraint is no index for a foreign key.
CREATE INDEX ix_visits_patient_id ON visits (patient_id, lower(during) DESC);
CREATE INDEX ix_visits_practitioner_id ON visits (practitioner_id);
CREATE INDEX ix_visits_room_id ON visits (room_id);
CREATE INDEX ix_visits_follows_id ON visits (follows_id);
CREATE INDEX ix_visits_during ON visits USING gist (during);

INSERT INTO alembic_version VALUES ('4f1c9a2e7b30');

COMMIT;

BEGIN;

CREATE TABLE drugs (
    -- The code that the authorities give a drug.
    id varchar(36) NOT NULL,
    name varchar(200) NOT NULL,
    substance text COLLATE "C" NOT NULL,
    strength_mg numeric(10, 3) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_drugs PRIMARY KEY (id),
    CONSTRAINT ck_drugs_strength_mg CHECK (strength_mg > 0),
    CONSTRAINT ck_drugs_substance CHECK (char_length(substance) BETWEEN 1 AND 200)
);

-- Two drugs that must not be taken together: a link from a table to itself.
CREATE TABLE drug_conflicts (
    drug_id varchar(36) NOT NULL,
    other_id varchar(36) NOT NULL,
    CONSTRAINT pk_drug_conflicts PRIMARY KEY (drug_id, other_id),
    CONSTRAINT fk_drug_conflicts_drug_id_drugs FOREIGN KEY (drug_id) REFERENCES drugs (id)
        ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT fk_drug_conflicts_other_id_drugs FOREIGN KEY (other_id) REFERENCES drugs (id)
        ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT ck_drug_conflicts_order CHECK (drug_id < other_id)
);
CREATE INDEX ix_drug_conflicts_other_id ON drug_conflicts (other_id);

CREATE TABLE prescriptions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    visit_id uuid NOT NULL,
    drug_id varchar(36) NOT NULL,
    dose_mg numeric(10, 3) NOT NULL,
    takes_per_day smallint NOT NULL,
    valid_days daterange NOT NULL,
    instructions text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_prescriptions PRIMARY KEY (id),
    CONSTRAINT fk_prescriptions_visit_id_visits FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE,
    CONSTRAINT fk_prescriptions_drug_id_drugs FOREIGN KEY (drug_id) REFERENCES drugs (id) ON DELETE RESTRICT,
    CONSTRAINT ck_prescriptions_takes_per_day CHECK (takes_per_day BETWEEN 1 AND 24),
    CONSTRAINT ex_prescriptions_drug_id_valid_days
        EXCLUDE USING gist (visit_id WITH =, drug_id WITH =, valid_days WITH &&)
);
CREATE INDEX ix_prescriptions_visit_id ON prescriptions (visit_id);
CREATE INDEX ix_prescriptions_drug_id ON prescriptions USING hash (drug_id);

-- A patient has at most one such row; the key of one table is the key of the other.
CREATE TABLE patient_consents (
    patient_id uuid NOT NULL,
    shares_data boolean DEFAULT false NOT NULL,
    takes_part_in_studies boolean,
    signed_on date NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_patient_consents PRIMARY KEY (patient_id),
    CONSTRAINT fk_patient_consents_patient_id_patients FOREIGN KEY (patient_id)
        REFERENCES patients (id) ON DELETE CASCADE
);
COMMENT ON COLUMN patient_consents.takes_part_in_studies IS 'nullable: not asked yet';

CREATE VIEW patients_now AS
    SELECT id, given_name || ' ' || family_name AS full_name, age(born_on) AS age FROM patients WHERE deleted_at IS NULL;

UPDATE alembic_version SET version_num = '8b0d3e5f1a44';

COMMIT;

BEGIN;

-- Rooms come to have a name of their own; a column that never held anything goes.
ALTER TABLE rooms ADD COLUMN name varchar(60);
UPDATE rooms SET name = 'Room ' || number;
ALTER TABLE rooms ALTER COLUMN name SET NOT NULL;
ALTER TABLE practitioners DROP COLUMN title;

-- A long lock is avoided: the check is added first and looked at afterwards.
ALTER TABLE patients ADD CONSTRAINT ck_patients_born_on CHECK (born_on > '1890-01-01') NOT VALID;
ALTER TABLE patients VALIDATE CONSTRAINT ck_patients_born_on;

ALTER TYPE visit_status ADD VALUE 'left_early' AFTER 'arrived';
ALTER DOMAIN phone_number ADD CONSTRAINT ck_phone_number_length CHECK (length(VALUE) >= 7);
ALTER TABLE visits ALTER CONSTRAINT fk_visits_follows_id_visits DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE drugs ALTER COLUMN name TYPE varchar(250);

UPDATE alembic_version SET version_num = 'c27a61b8d905';

COMMIT;
