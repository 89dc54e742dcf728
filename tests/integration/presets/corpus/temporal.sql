-- An employer's records with their history: temporal keys, named NOT NULL, virtual columns, keys that are not enforced.
-- From PostgreSQL 18.

BEGIN;

CREATE EXTENSION btree_gist;

CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);

CREATE TABLE employees (
    id uuid DEFAULT uuidv7() CONSTRAINT nn_employees_id NOT NULL,
    name varchar(200) CONSTRAINT nn_employees_name NOT NULL,
    name_length integer GENERATED ALWAYS AS (length(name)) VIRTUAL,
    born_on date NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_employees PRIMARY KEY (id)
);

CREATE TABLE posts (
    id bigint NOT NULL,
    valid_during daterange NOT NULL,
    title varchar(100) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_posts PRIMARY KEY (id, valid_during WITHOUT OVERLAPS)
);

CREATE TABLE contracts (
    employee_id uuid NOT NULL,
    post_id bigint NOT NULL,
    valid_during daterange NOT NULL,
    salary numeric(12, 2) NOT NULL,
    hours numeric(4, 2) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_contracts PRIMARY KEY (employee_id, valid_during WITHOUT OVERLAPS),
    CONSTRAINT fk_contracts_employee FOREIGN KEY (employee_id) REFERENCES employees ON DELETE RESTRICT,
    CONSTRAINT fk_contracts_post FOREIGN KEY (post_id, PERIOD valid_during)
        REFERENCES posts (id, PERIOD valid_during),
    CONSTRAINT ck_contracts_hours CHECK (hours BETWEEN 0 AND 48) NOT ENFORCED
);
CREATE INDEX ix_contracts_employee_id ON contracts (employee_id);
CREATE INDEX ix_contracts_post_id ON contracts USING gist (post_id, valid_during);

CREATE TABLE desks (
    id uuid DEFAULT uuidv7(),
    employee_id uuid NOT NULL,
    during tstzrange NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_desks PRIMARY KEY (id),
    CONSTRAINT uq_desks_employee_id_during UNIQUE (employee_id, during WITHOUT OVERLAPS),
    CONSTRAINT fk_desks_employee FOREIGN KEY (employee_id) REFERENCES employees ON DELETE CASCADE NOT ENFORCED
);
CREATE INDEX ix_desks_employee_id ON desks (employee_id);

INSERT INTO alembic_version VALUES ('t1');
COMMIT;

BEGIN;

ALTER TABLE desks ADD COLUMN floor smallint;
UPDATE desks SET floor = 0;
ALTER TABLE desks ADD CONSTRAINT nn_desks_floor NOT NULL floor NOT VALID;
ALTER TABLE desks VALIDATE CONSTRAINT nn_desks_floor;

UPDATE alembic_version SET version_num = 't2';
COMMIT;
