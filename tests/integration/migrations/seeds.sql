-- Small tables that break the rules which no migration of the tools breaks, next to some that nearly do.

CREATE DOMAIN moment AS timestamp;
CREATE DOMAIN fine_moment AS timestamptz;
CREATE DOMAIN prices AS money[];
CREATE DOMAIN amounts AS double precision[];
CREATE DOMAIN handle AS character varying(36) NOT NULL;
CREATE DOMAIN "position" AS bigint;
CREATE DOMAIN link AS "position" NOT NULL;
CREATE DOMAIN flag AS boolean;
CREATE DOMAIN sure AS flag NOT NULL;
CREATE TYPE "Span" AS RANGE (SUBTYPE = integer);
CREATE TYPE span AS RANGE (SUBTYPE = integer);
CREATE TYPE state AS ENUM ('new', 'Paid');
CREATE TYPE pair AS ("First" json, made timestamp, due date, "order" time with time zone);

CREATE TABLE locales (
    id bigint CONSTRAINT pk_locales PRIMARY KEY,
    code text NOT NULL CONSTRAINT uq_locales_code UNIQUE);
COMMENT ON TABLE locales IS 'The languages';
COMMENT ON COLUMN locales.id IS ' ';
COMMENT ON COLUMN locales.code IS 'As in ISO 639';
ALTER TABLE locales ENABLE ROW LEVEL SECURITY;

-- Keys and types
CREATE TABLE orders (
    id bigserial CONSTRAINT pk_orders PRIMARY KEY,
    number integer GENERATED ALWAYS AS IDENTITY,
    handle handle,
    locale_id integer CONSTRAINT fk_orders_locale REFERENCES locales ON DELETE CASCADE,
    language varchar(9) NOT NULL CONSTRAINT fk_orders_language REFERENCES locales (code) ON DELETE RESTRICT,
    unit_price double precision NOT NULL, price_id double precision NOT NULL,
    fees amounts NOT NULL, worth prices NOT NULL, cost money NOT NULL, costs money[] NOT NULL,
    shipped moment, paid fine_moment, both_of pair NOT NULL,
    letter character(1) NOT NULL, letters bpchar[] NOT NULL, "left" boolean, is_open flag, is_sure sure, is_set boolean,
    created_at timestamptz(3) NOT NULL DEFAULT now(), updated_at timestamp,
    CONSTRAINT fk_orders_again FOREIGN KEY (locale_id) REFERENCES locales ON DELETE SET NULL,
    CONSTRAINT ck_orders_is_set CHECK (number > 0 AND is_set IS NOT NULL));
COMMENT ON COLUMN orders.is_open IS 'nullable: nobody knows before the morning';
COMMENT ON COLUMN orders."left" IS 'nullable:';
CREATE INDEX ix_orders_locale_id ON orders (locale_id);
CREATE INDEX ix_orders_language ON orders (language);
CREATE INDEX ix_orders_language_again ON orders (language ASC NULLS LAST);
CREATE UNIQUE INDEX uq_orders_language ON orders (language) WHERE number > 0;
CREATE INDEX ix_orders_language_down ON orders (language DESC);
CREATE INDEX ix_orders_number ON orders (number) INCLUDE (language);
CREATE INDEX ix_orders_number_more ON orders (number, locale_id, lower(language)) INCLUDE (language);
CREATE INDEX "By Number" ON orders (number) WHERE number > 3;
CREATE INDEX "ix_orders_left" ON orders ("left");
CREATE UNIQUE INDEX uq_orders_id_1 ON orders (id, number);
ALTER TABLE orders ADD CONSTRAINT "uq_Orders" UNIQUE USING INDEX uq_orders_id_1;
ALTER TABLE orders ADD CONSTRAINT uq_orders_twice UNIQUE (id, number);
ALTER TABLE orders ADD CONSTRAINT uq_orders_later UNIQUE (id, number) DEFERRABLE;
ALTER TABLE orders ADD CONSTRAINT ck_orders_unit_price CHECK (unit_price >= 0) NOT VALID;

CREATE TABLE "Invoices" (
    "Id" uuid CONSTRAINT "pk_Invoices" PRIMARY KEY,
    code text NOT NULL CONSTRAINT "ck_Invoices_code" CHECK (char_length(code) <= 9 AND code <> ''),
    kind text NOT NULL CONSTRAINT "ck_Invoices_kind" CHECK (kind IN ('a', 'b')),
    sort varchar NOT NULL CONSTRAINT "ck_Invoices_sort" CHECK (sort = 'a' OR sort = 'b'),
    single text NOT NULL CONSTRAINT "ck_Invoices_single" CHECK (single IN ('a', 'a')),
    pattern text NOT NULL CONSTRAINT "ck_Invoices_pattern" CHECK (pattern ~ '^[A-Z]{3}$'),
    loose text NOT NULL CONSTRAINT "ck_Invoices_loose" CHECK (loose ~ '^[A-Z]+$' AND length(loose) > 1),
    upper_code text GENERATED ALWAYS AS (upper(code)) STORED,
    note text NOT NULL,
    CONSTRAINT "Not Both" CHECK (code <> kind));
CREATE INDEX "ix_Invoices_Id_code" ON "Invoices" ("Id", code);

-- Tables that link others
CREATE TABLE order_tags (
    id bigint CONSTRAINT pk_order_tags PRIMARY KEY,
    order_id bigint NOT NULL CONSTRAINT fk_order_tags_order_id REFERENCES orders ON DELETE CASCADE,
    code text NOT NULL CONSTRAINT fk_order_tags_code REFERENCES locales (code) ON DELETE CASCADE,
    locale_id bigint NOT NULL CONSTRAINT fk_order_tags_locale_id REFERENCES locales ON DELETE CASCADE);
CREATE TABLE order_codes (
    order_id bigint CONSTRAINT fk_order_codes_order_id REFERENCES orders,
    code text CONSTRAINT fk_order_codes_code REFERENCES locales (code) ON DELETE CASCADE,
    created_at date,
    CONSTRAINT pk_order_codes PRIMARY KEY (code, order_id));
CREATE TABLE order_languages (
    order_id bigint CONSTRAINT fk_order_languages_order_id REFERENCES orders ON DELETE CASCADE,
    code text CONSTRAINT fk_order_languages_code REFERENCES locales (code) ON DELETE CASCADE,
    CONSTRAINT pk_order_languages PRIMARY KEY (order_id));
CREATE TABLE order_links (
    id bigint CONSTRAINT pk_order_links PRIMARY KEY,
    order_id link CONSTRAINT fk_order_links_order_id REFERENCES orders ON DELETE CASCADE,
    code text NOT NULL CONSTRAINT fk_order_links_code REFERENCES locales (code) ON DELETE CASCADE);
CREATE TABLE order_choices (
    id bigint CONSTRAINT pk_order_choices PRIMARY KEY,
    order_id bigint NOT NULL CONSTRAINT fk_order_choices_order_id REFERENCES orders ON DELETE CASCADE,
    code text CONSTRAINT fk_order_choices_code REFERENCES locales (code) ON DELETE CASCADE);
CREATE TABLE order_pairs (
    tenant bigint, order_id bigint, number integer, code text,
    CONSTRAINT fk_order_pairs_order FOREIGN KEY (order_id, number) REFERENCES orders (id, number) ON DELETE CASCADE,
    CONSTRAINT fk_order_pairs_again FOREIGN KEY (number, order_id) REFERENCES orders (number, id) ON DELETE CASCADE,
    CONSTRAINT fk_order_pairs_within FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE,
    CONSTRAINT fk_order_pairs_crossed FOREIGN KEY (number, order_id) REFERENCES orders (id, number) ON DELETE CASCADE);
CREATE UNIQUE INDEX uq_order_pairs_tenant ON order_pairs (tenant) WHERE order_id IS NOT NULL;
CREATE TABLE categories (
    id bigint CONSTRAINT pk_categories PRIMARY KEY,
    parent_id bigint CONSTRAINT fk_categories_parent REFERENCES categories ON DELETE CASCADE,
    one bigint DEFAULT 1 CONSTRAINT fk_categories_one REFERENCES locales ON DELETE SET DEFAULT,
    two bigint CONSTRAINT fk_categories_two REFERENCES locales ON DELETE SET DEFAULT,
    three bigint CONSTRAINT fk_categories_three REFERENCES locales ON DELETE CASCADE);
CREATE TABLE order_notes (LIKE order_tags INCLUDING INDEXES, note text);

-- Partitions and children answer for what is their own
CREATE TABLE events (id bigint NOT NULL, locale_id bigint NOT NULL, at date, price real) PARTITION BY RANGE (at);
CREATE INDEX short ON events (locale_id);
CREATE INDEX ix_events_id ON events (id);
CREATE TABLE events_1 PARTITION OF events DEFAULT;
CREATE INDEX ix_events_1_id ON events_1 (id);
CREATE INDEX ix_events_1_locale ON events_1 (locale_id, at);
CREATE TABLE halves (id bigint NOT NULL) PARTITION BY RANGE ((id / 2));
CREATE TABLE cash_events (cash money, CONSTRAINT bad CHECK (cash > 0::money)) INHERITS (locales);
CREATE UNLOGGED TABLE scratch (id numeric CONSTRAINT pk_scratch PRIMARY KEY, locale_id bigint, span span);
ALTER TABLE scratch ADD CONSTRAINT ex_scratch_span EXCLUDE USING gist (span WITH &&);
ALTER TABLE scratch ADD CONSTRAINT x EXCLUDE USING gist (span WITH -|-);
CREATE INDEX ix_scratch_locale_id ON scratch USING hash (locale_id);
CREATE INDEX ix_scratch_span ON scratch USING gist (span);

-- Names that were cut
CREATE TABLE names_that_go_on_until_there_is_hardly_any_room_left (
    id bigint NOT NULL,
    quite_a_long_column bigint NOT NULL);
ALTER TABLE names_that_go_on_until_there_is_hardly_any_room_left
    ADD CONSTRAINT ck_names_that_go_on_until_there_is_hardly_any_room_left_quite_a CHECK (quite_a_long_column > id),
    ADD CONSTRAINT uq_names_that_go_on_until_there_is_hardly_any_room_left_0a9f UNIQUE (id),
    ADD CONSTRAINT uq_names_that_go_on_until_there_is_hardly_any_room_left_0ayz UNIQUE (quite_a_long_column),
    ADD CONSTRAINT uq_names_that_are_of_other_tables_names_that_go_on_unti_0a9f UNIQUE (quite_a_long_column, id),
    ADD CONSTRAINT ck_names_that_go_on_until_they_are_cut_and_are_wrong_all_the_sa CHECK (id > 0);

-- Names that need more than quotes
CREATE TABLE "a.b(c""d" (
    "e f" text CONSTRAINT "ck_a.b(c""d_e f" CHECK ("e f" IN ('x', 'it''s')),
    größe bigint CONSTRAINT "pk_a.b(c""d" PRIMARY KEY,
    "user" boolean CONSTRAINT ck_user CHECK ("user" IS NOT NULL),
    a$b real NOT NULL, _total real NOT NULL);
CREATE INDEX "user" ON "a.b(c""d" ("user");
CREATE INDEX "ix_a.b(c""d_e f" ON "a.b(c""d" (lower("e f"));
CREATE INDEX "order" ON "a.b(c""d" (lower("e f"));
CREATE INDEX ix_size ON "a.b(c""d" ("user") WHERE größe > 0;
CREATE INDEX "Größe" ON "a.b(c""d" ("user") WHERE größe > 0;

-- What a failed CREATE INDEX CONCURRENTLY leaves
CREATE INDEX ix_locales_code ON locales (code);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_locales_code'::regclass;

-- What is elsewhere
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE "Remote" (id bigint, name text, price real, made timestamp, is_on boolean,
    kind text CONSTRAINT ck_kind CHECK (kind IN ('a', 'b'))) SERVER nowhere;
