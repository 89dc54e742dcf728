-- A warehouse: enums, links, views, triggers, functions, sequences, comments, grants. Names are given inline.
-- From PostgreSQL 15.

BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TYPE movement AS ENUM ('receipt', 'issue', 'transfer', 'correction');
CREATE TYPE dimensions AS (width_mm INTEGER, height_mm INTEGER, depth_mm INTEGER);

CREATE FUNCTION touch() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- This stands for names_that_are_much_longer_than_what_a_server_keeps_of_a_name_but_which_are_nothing_but_a_comment.
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

CREATE TABLE categories (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    parent_id BIGINT,
    name VARCHAR(100) NOT NULL,
    position INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_categories PRIMARY KEY (id),
    CONSTRAINT fk_categories_parent_id_categories FOREIGN KEY(parent_id) REFERENCES categories (id) ON DELETE CASCADE,
    CONSTRAINT uq_categories_parent_id_position UNIQUE (parent_id, position) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE categories IS 'What products are sorted into; a comment may be as long as it likes, and even say
user or order, or a_word_of_more_than_sixty_three_bytes_that_would_be_cut_if_it_were_ever_used_as_a_name.';
CREATE TRIGGER touch_categories BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE products (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sku TEXT NOT NULL,
    name VARCHAR(200) NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    category_id BIGINT,
    price NUMERIC(12, 2) NOT NULL,
    price_currency VARCHAR(3) DEFAULT 'EUR' NOT NULL,
    weight_kg REAL,
    size dimensions,
    barcode TEXT,
    attributes JSONB DEFAULT '{}'::jsonb NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_products PRIMARY KEY (id),
    CONSTRAINT ck_products_sku CHECK (sku ~ '^(?:[A-Z]{2}|X)-\d{4,8}$'),
    CONSTRAINT ck_products_price CHECK (price >= 0::numeric),
    CONSTRAINT ck_products_barcode CHECK (barcode IS NULL OR length(barcode) = 8 OR length(barcode) = 13),
    CONSTRAINT fk_products_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE SET NULL
);
COMMENT ON COLUMN products.weight_kg IS 'nullable: weighed when it first comes in';
COMMENT ON COLUMN products.size IS 'nullable: measured when it first comes in';
COMMENT ON COLUMN products.barcode IS 'nullable: handmade things have none';
CREATE INDEX ix_products_category_id ON products (category_id);
CREATE UNIQUE INDEX uq_products_sku ON products (sku) WHERE deleted_at IS NULL;
CREATE INDEX ix_products_sku_pattern ON products (sku text_pattern_ops);
CREATE INDEX ix_products_name_active ON products (name) INCLUDE (price, price_currency) WHERE is_active;
CREATE INDEX ix_products_name ON products (name, id);

CREATE TABLE tags (
    id UUID DEFAULT gen_random_uuid() CONSTRAINT pk_tags PRIMARY KEY,
    name VARCHAR(50) NOT NULL CONSTRAINT uq_tags_name UNIQUE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);

CREATE TABLE product_tags (
    product_id BIGINT CONSTRAINT fk_product_tags_product_id_products REFERENCES products ON DELETE CASCADE,
    tag_id UUID CONSTRAINT fk_product_tags_tag_id_tags REFERENCES tags ON DELETE CASCADE,
    CONSTRAINT pk_product_tags PRIMARY KEY (product_id, tag_id)
);
CREATE INDEX ix_product_tags_tag_id ON product_tags (tag_id);

-- A bill of materials: a link with a quantity, from a table to itself.
CREATE TABLE product_parts (
    product_id BIGINT NOT NULL CONSTRAINT fk_product_parts_product_id_products REFERENCES products ON DELETE CASCADE,
    part_id BIGINT NOT NULL CONSTRAINT fk_product_parts_part_id_products REFERENCES products ON DELETE RESTRICT,
    quantity NUMERIC(10, 3) DEFAULT 1 NOT NULL CONSTRAINT ck_product_parts_quantity CHECK (quantity > 0),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_product_parts PRIMARY KEY (product_id, part_id),
    CONSTRAINT ck_product_parts_itself CHECK (product_id <> part_id)
);
CREATE INDEX ix_product_parts_part_id ON product_parts (part_id);

INSERT INTO alembic_version (version_num) VALUES ('1a2b3c4d5e6f') RETURNING alembic_version.version_num;

COMMIT;

BEGIN;

CREATE SCHEMA reporting
    CREATE TABLE daily_stock (
        day date NOT NULL,
        product_id bigint NOT NULL,
        quantity numeric(12, 3) NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        updated_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT pk_daily_stock PRIMARY KEY (product_id, day),
        CONSTRAINT fk_daily_stock_product FOREIGN KEY (product_id) REFERENCES public.products ON DELETE CASCADE
    ) PARTITION BY RANGE (day)
    CREATE VIEW stock_today AS SELECT * FROM reporting.daily_stock WHERE day = current_date;

CREATE TABLE warehouses (
    id bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT pk_warehouses PRIMARY KEY,
    code varchar(8) NOT NULL,
    successor_id bigint,
    address varchar(400)[] DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    closed_on date,
    CONSTRAINT uq_warehouses_code UNIQUE (code),
    CONSTRAINT fk_warehouses_successor FOREIGN KEY (successor_id) REFERENCES warehouses ON DELETE SET NULL
);
CREATE INDEX ix_warehouses_successor_id ON warehouses (successor_id);

CREATE TABLE bins (
    warehouse_id bigint NOT NULL CONSTRAINT fk_bins_warehouse REFERENCES warehouses ON DELETE CASCADE,
    id bigint NOT NULL,
    aisle varchar(4) NOT NULL,
    level smallint NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_bins PRIMARY KEY (warehouse_id, id),
    CONSTRAINT uq_bins_place UNIQUE (warehouse_id, aisle, level)
);

CREATE SEQUENCE movement_numbers AS bigint INCREMENT BY 1 NO CYCLE;
CREATE TABLE stock_movements (
    id bigint DEFAULT nextval('movement_numbers') NOT NULL,
    kind movement NOT NULL,
    product_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    bin_id bigint,
    quantity numeric(12, 3) NOT NULL,
    unit_cost numeric(14, 4) DEFAULT 0 NOT NULL,
    cost numeric(16, 2) GENERATED ALWAYS AS (quantity * unit_cost) STORED,
    moved_at timestamptz DEFAULT now() NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_stock_movements PRIMARY KEY (id),
    CONSTRAINT fk_stock_movements_product FOREIGN KEY (product_id) REFERENCES products ON DELETE RESTRICT,
    CONSTRAINT fk_stock_movements_warehouse FOREIGN KEY (warehouse_id) REFERENCES warehouses ON DELETE RESTRICT,
    CONSTRAINT fk_stock_movements_bin FOREIGN KEY (warehouse_id, bin_id) REFERENCES bins
        ON DELETE SET NULL (bin_id),
    CONSTRAINT ck_stock_movements_kind CHECK (kind = 'correction' OR quantity > 0)
);
-- The first index serves both references.
CREATE INDEX ix_stock_movements_bin ON stock_movements (warehouse_id, bin_id);
CREATE INDEX ix_stock_movements_product ON stock_movements (product_id, moved_at);
CREATE INDEX ix_stock_movements_moved_at ON stock_movements (moved_at DESC) WHERE kind IN ('receipt', 'issue');

CREATE TABLE audit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY,
    table_name name NOT NULL,
    row_data jsonb,
    action "char" NOT NULL,
    actor name DEFAULT CURRENT_USER NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id)
);
COMMENT ON COLUMN audit_entries.row_data IS 'nullable: a TRUNCATE has no rows';

CREATE FUNCTION check_stock() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER check_stock AFTER INSERT OR UPDATE ON stock_movements DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_stock();
CREATE RULE no_deletions AS ON DELETE TO audit_entries DO INSTEAD NOTHING;

CREATE MATERIALIZED VIEW stock_levels AS
    SELECT warehouse_id, product_id, sum(quantity) AS quantity, max(moved_at)::timestamp AS last_moved
    FROM stock_movements GROUP BY warehouse_id, product_id;
CREATE UNIQUE INDEX stock_levels_key ON stock_levels (warehouse_id, product_id);

GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;

UPDATE alembic_version SET version_num='2b3c4d5e6f70' WHERE alembic_version.version_num = '1a2b3c4d5e6f';

COMMIT;

BEGIN;

-- A column changes its type by way of another one; a table and its history part ways.
ALTER TABLE warehouses ADD COLUMN kind varchar(10);
CREATE TYPE warehouse_kind AS ENUM ('own', 'rented');
ALTER TABLE warehouses ALTER COLUMN kind TYPE warehouse_kind USING kind::warehouse_kind;
ALTER TABLE warehouses ALTER COLUMN kind SET DEFAULT 'own';
UPDATE warehouses SET kind = DEFAULT;
ALTER TABLE warehouses ALTER COLUMN kind SET NOT NULL;

CREATE TABLE prices (
    LIKE products INCLUDING COMMENTS INCLUDING COMPRESSION EXCLUDING INDEXES,
    product_id bigint NOT NULL,
    valid_from date NOT NULL
);
ALTER TABLE prices
    DROP COLUMN sku, DROP COLUMN name, DROP COLUMN description, DROP COLUMN category_id, DROP COLUMN weight_kg,
    DROP COLUMN size, DROP COLUMN barcode, DROP COLUMN attributes, DROP COLUMN is_active, DROP COLUMN deleted_at,
    ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY,
    ALTER COLUMN created_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET DEFAULT now(),
    ADD CONSTRAINT pk_prices PRIMARY KEY (id),
    ADD CONSTRAINT uq_prices_product_id_valid_from UNIQUE (product_id, valid_from),
    ADD CONSTRAINT fk_prices_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE;
INSERT INTO prices (product_id, valid_from, price, price_currency)
    SELECT id, created_at::date, price, price_currency FROM products;
ALTER TABLE products DROP COLUMN price, DROP COLUMN price_currency;

-- The sequence becomes the column's own, and then its identity.
ALTER TABLE stock_movements ALTER COLUMN id DROP DEFAULT;
ALTER TABLE stock_movements ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
DROP SEQUENCE movement_numbers;

UPDATE alembic_version SET version_num='3c4d5e6f7081' WHERE alembic_version.version_num = '2b3c4d5e6f70';

COMMIT;
