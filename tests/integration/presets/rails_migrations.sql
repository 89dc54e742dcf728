-- What Active Record 7.2 sends to PostgreSQL for the Ruby line above each statement, as it was logged; only white
-- space at the end of lines is gone. A section is a migration: most run in a transaction, some outside of one.
-- Before 7.0 `t.datetime` gives `timestamp` without the (6); with datetime_type = :timestamptz every `timestamp(6)`
-- is `timestamptz(6)`.

-- == bookkeeping

CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY);

CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);

INSERT INTO "ar_internal_metadata" ("key", "value", "created_at", "updated_at") VALUES ('environment', 'default_env', '2026-01-01 00:00:00', '2026-01-01 00:00:00') RETURNING "key";

-- == create_tables

BEGIN;

-- enable_extension "pgcrypto"
CREATE EXTENSION IF NOT EXISTS "pgcrypto";

-- create_enum :mood, ["sad", "happy"]
DO $$
BEGIN
    IF NOT EXISTS (
      SELECT 1
      FROM pg_type t
      JOIN pg_namespace n ON t.typnamespace = n.oid
      WHERE t.typname = 'mood'
        AND n.nspname = ANY (current_schemas(false))
    ) THEN
        CREATE TYPE "mood" AS ENUM ('sad', 'happy');
    END IF;
END
$$;

-- create_table :customers do |t|
--   t.string :name, null: false, index: true
--   t.string :code, limit: 20
--   t.text :notes
--   t.decimal :credit, precision: 12, scale: 2, null: false, default: 0
--   t.boolean :active, null: false, default: true
--   t.jsonb :settings, null: false, default: {}
--   t.string :tags, array: true
--   t.enum :mood, enum_type: :mood
--   t.datetime :last_seen_at
--   t.date :born
--   t.time :opens
--   t.float :score
--   t.integer :visits
--   t.binary :photo
--   t.inet :ip
--   t.virtual :twice, type: :integer, as: "visits * 2", stored: true
--   t.timestamps
-- end
CREATE TABLE "customers" ("id" bigserial primary key, "name" character varying NOT NULL, "code" character varying(20), "notes" text, "credit" decimal(12,2) DEFAULT 0.0 NOT NULL, "active" boolean DEFAULT TRUE NOT NULL, "settings" jsonb DEFAULT '{}' NOT NULL, "tags" character varying[], "mood" mood, "last_seen_at" timestamp(6), "born" date, "opens" time, "score" float, "visits" integer, "photo" bytea, "ip" inet, "twice" integer GENERATED ALWAYS AS (visits * 2) STORED, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);

CREATE INDEX "index_customers_on_name" ON "customers" ("name");

-- add_index :customers, :code, unique: true
CREATE UNIQUE INDEX "index_customers_on_code" ON "customers" ("code");

-- create_table :orders do |t|
--   t.references :customer, null: false, foreign_key: true
--   t.references :approver, foreign_key: { to_table: :customers, on_delete: :nullify }
--   t.references :subject, polymorphic: true
--   t.string :state, null: false, default: "new"
-- end
CREATE TABLE "orders" ("id" bigserial primary key, "customer_id" bigint NOT NULL, "approver_id" bigint, "subject_type" character varying, "subject_id" bigint, "state" character varying DEFAULT 'new' NOT NULL, CONSTRAINT "fk_rails_3dad120da9"
FOREIGN KEY ("customer_id")
  REFERENCES "customers" ("id")
, CONSTRAINT "fk_rails_d68d5bf78a"
FOREIGN KEY ("approver_id")
  REFERENCES "customers" ("id")
 ON DELETE SET NULL);

CREATE INDEX "index_orders_on_customer_id" ON "orders" ("customer_id");

CREATE INDEX "index_orders_on_approver_id" ON "orders" ("approver_id");

CREATE INDEX "index_orders_on_subject" ON "orders" ("subject_type", "subject_id");

-- create_table :devices, id: :uuid do |t|
--   t.belongs_to :order, foreign_key: { on_delete: :cascade }, index: { unique: true }
-- end
CREATE TABLE "devices" ("id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, "order_id" bigint, CONSTRAINT "fk_rails_43e58e39fc"
FOREIGN KEY ("order_id")
  REFERENCES "orders" ("id")
 ON DELETE CASCADE);

CREATE UNIQUE INDEX "index_devices_on_order_id" ON "devices" ("order_id");

-- create_table(:sessions, id: :string) { |t| t.references :device, type: :uuid, foreign_key: { on_delete: :restrict } }
CREATE TABLE "sessions" ("id" character varying NOT NULL PRIMARY KEY, "device_id" uuid, CONSTRAINT "fk_rails_aec6d92ac2"
FOREIGN KEY ("device_id")
  REFERENCES "devices" ("id")
 ON DELETE RESTRICT);

CREATE INDEX "index_sessions_on_device_id" ON "sessions" ("device_id");

-- create_table(:tickets, primary_key: [:order_id, :number]) { |t| t.bigint :order_id; t.integer :number }
CREATE TABLE "tickets" ("order_id" bigint, "number" integer, PRIMARY KEY ("order_id", "number"));

-- create_table :counters, id: :integer
CREATE TABLE "counters" ("id" serial NOT NULL PRIMARY KEY);

-- create_join_table :customers, :orders
CREATE TABLE "customers_orders" ("customer_id" bigint NOT NULL, "order_id" bigint NOT NULL);

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000001') RETURNING "version";

COMMIT;

-- == change_tables

BEGIN;

-- add_reference :customers, :referrer, foreign_key: { to_table: :customers, on_delete: :nullify }
ALTER TABLE "customers" ADD "referrer_id" bigint;

CREATE INDEX "index_customers_on_referrer_id" ON "customers" ("referrer_id");

ALTER TABLE "customers" ADD CONSTRAINT "fk_rails_373b114620"
FOREIGN KEY ("referrer_id")
  REFERENCES "customers" ("id")
 ON DELETE SET NULL;

-- add_column :orders, :warehouse, :string
ALTER TABLE "orders" ADD "warehouse" character varying;

-- add_column :orders, :paid_at, :datetime
ALTER TABLE "orders" ADD "paid_at" timestamp(6);

-- add_column :orders, :shipper_id, :bigint
ALTER TABLE "orders" ADD "shipper_id" bigint;

-- add_index :orders, :shipper_id
CREATE INDEX "index_orders_on_shipper_id" ON "orders" ("shipper_id");

-- add_foreign_key :orders, :customers, column: :shipper_id, on_delete: :restrict
ALTER TABLE "orders" ADD CONSTRAINT "fk_rails_4beaf83148"
FOREIGN KEY ("shipper_id")
  REFERENCES "customers" ("id")
 ON DELETE RESTRICT;

-- add_foreign_key :tickets, :orders, on_delete: :cascade
ALTER TABLE "tickets" ADD CONSTRAINT "fk_rails_c6410ba81d"
FOREIGN KEY ("order_id")
  REFERENCES "orders" ("id")
 ON DELETE CASCADE;

-- create_table :lines do |t|
--   t.bigint :ticket_order_id
--   t.integer :ticket_number
--   t.index [:ticket_order_id, :ticket_number]
--   t.foreign_key :tickets, column: [:ticket_order_id, :ticket_number], primary_key: [:order_id, :number], on_delete: :cascade
--   t.check_constraint "ticket_number > 0"
--   t.unique_constraint [:ticket_number]
-- end
CREATE TABLE "lines" ("id" bigserial primary key, "ticket_order_id" bigint, "ticket_number" integer, CONSTRAINT "fk_rails_3a5af896fd"
FOREIGN KEY ("ticket_order_id", "ticket_number")
  REFERENCES "tickets" ("order_id", "number")
 ON DELETE CASCADE, CONSTRAINT chk_rails_bc75de40a4 CHECK (ticket_number > 0), CONSTRAINT "uniq_rails_b699199794" UNIQUE ("ticket_number"));

CREATE INDEX "index_lines_on_ticket_order_id_and_ticket_number" ON "lines" ("ticket_order_id", "ticket_number");

-- add_check_constraint :orders, "char_length(state) > 0"
ALTER TABLE "orders" ADD CONSTRAINT chk_rails_234fa34e46 CHECK (char_length(state) > 0);

-- add_unique_constraint :orders, [:state, :shipper_id], deferrable: :deferred
ALTER TABLE "orders" ADD CONSTRAINT "uniq_rails_9d345f340d" UNIQUE ("state", "shipper_id") DEFERRABLE INITIALLY DEFERRED;

-- add_exclusion_constraint :orders, "int8range(id, shipper_id) WITH &&", using: :gist
ALTER TABLE "orders" ADD CONSTRAINT "excl_rails_d291912af9" EXCLUDE USING gist (int8range(id, shipper_id) WITH &&);

-- change_column_null :orders, :warehouse, false, "none"
UPDATE "orders" SET "warehouse"='none' WHERE "warehouse" IS NULL;

ALTER TABLE "orders" ALTER COLUMN "warehouse" SET NOT NULL;

-- change_column_default :orders, :warehouse, from: nil, to: "main"
ALTER TABLE "orders" ALTER COLUMN "warehouse" SET DEFAULT 'main';

-- rename_column :orders, :warehouse, :depot
ALTER TABLE "orders" RENAME COLUMN "warehouse" TO "depot";

-- change_column :customers, :code, :string, limit: 40, null: false
ALTER TABLE "customers" ALTER COLUMN "code" TYPE character varying(40), ALTER COLUMN "code" SET NOT NULL;

-- change_column_comment :customers, :code, "printed on the card"
COMMENT ON COLUMN "customers"."code" IS 'printed on the card';

-- remove_reference :sessions, :device, foreign_key: true
ALTER TABLE "sessions" DROP CONSTRAINT "fk_rails_aec6d92ac2";

ALTER TABLE "sessions" DROP COLUMN "device_id";

-- rename_table :devices, :gadgets
ALTER TABLE "devices" RENAME TO "gadgets";

ALTER INDEX "devices_pkey" RENAME TO "gadgets_pkey";

ALTER INDEX "index_devices_on_order_id" RENAME TO "index_gadgets_on_order_id";

-- change_table(:customers, bulk: true) { |t| t.string :nick; t.index :nick; t.remove :photo }
ALTER TABLE "customers" ADD "nick" character varying;

CREATE INDEX "index_customers_on_nick" ON "customers" ("nick");

ALTER TABLE "customers" DROP COLUMN "photo";

-- drop_table :counters
DROP TABLE "counters";

-- create_table(:measurements_of_the_second_warehouse) { |t| t.string :serial_number_of_the_sensor, index: true }
CREATE TABLE "measurements_of_the_second_warehouse" ("id" bigserial primary key, "serial_number_of_the_sensor" character varying);

CREATE INDEX "idx_on_serial_number_of_the_sensor_cf08d4e936" ON "measurements_of_the_second_warehouse" ("serial_number_of_the_sensor");

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000002') RETURNING "version";

COMMIT;

-- == outside_of_a_transaction

-- create_table(:reviews) { |t| t.references :order, foreign_key: { on_delete: :cascade } }
CREATE TABLE "reviews" ("id" bigserial primary key, "order_id" bigint, CONSTRAINT "fk_rails_eadb6874f1"
FOREIGN KEY ("order_id")
  REFERENCES "orders" ("id")
 ON DELETE CASCADE);

CREATE INDEX "index_reviews_on_order_id" ON "reviews" ("order_id");

-- add_reference :orders, :seller, index: { algorithm: :concurrently }, foreign_key: { to_table: :customers, on_delete: :nullify }
ALTER TABLE "orders" ADD "seller_id" bigint;

CREATE INDEX CONCURRENTLY "index_orders_on_seller_id" ON "orders" ("seller_id");

ALTER TABLE "orders" ADD CONSTRAINT "fk_rails_f569184c98"
FOREIGN KEY ("seller_id")
  REFERENCES "customers" ("id")
 ON DELETE SET NULL;

-- add_index :orders, :depot, algorithm: :concurrently
CREATE INDEX CONCURRENTLY "index_orders_on_depot" ON "orders" ("depot");

-- remove_index :orders, :depot, algorithm: :concurrently
DROP INDEX CONCURRENTLY "index_orders_on_depot";

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000003') RETURNING "version";

-- == decided_by_the_author

BEGIN;

-- create_table(:logs, id: false) { |t| t.json :line }
CREATE TABLE "logs" ("line" json);

-- add_column :orders, :total, :money
ALTER TABLE "orders" ADD "total" money;

-- add_column :orders, :customerNote, :string
ALTER TABLE "orders" ADD "customerNote" character varying;

-- add_index :orders, [:customer_id, :state]
CREATE INDEX "index_orders_on_customer_id_and_state" ON "orders" ("customer_id", "state");

-- add_index :orders, :customer_id, name: "again"
CREATE INDEX "again" ON "orders" ("customer_id");

-- add_check_constraint :customers, "visits >= 0", validate: false
ALTER TABLE "customers" ADD CONSTRAINT chk_rails_50b6b4cca0 CHECK (visits >= 0) NOT VALID;

-- create_table :shops, id: :integer
CREATE TABLE "shops" ("id" serial NOT NULL PRIMARY KEY);

-- add_reference :orders, :shop, foreign_key: { on_delete: :cascade }
ALTER TABLE "orders" ADD "shop_id" bigint;

CREATE INDEX "index_orders_on_shop_id" ON "orders" ("shop_id");

ALTER TABLE "orders" ADD CONSTRAINT "fk_rails_7e761c2e1b"
FOREIGN KEY ("shop_id")
  REFERENCES "shops" ("id")
 ON DELETE CASCADE;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000004') RETURNING "version";

COMMIT;

-- == schema_load

-- create_table "reviews", force: :cascade do |t|
--   t.bigint "order_id"
--   t.index ["order_id"], name: "index_reviews_on_order_id"
-- end
DROP TABLE IF EXISTS "reviews" CASCADE;

CREATE TABLE "reviews" ("id" bigserial primary key, "order_id" bigint);

CREATE INDEX "index_reviews_on_order_id" ON "reviews" ("order_id");

-- add_foreign_key "reviews", "orders", on_delete: :cascade
ALTER TABLE "reviews" ADD CONSTRAINT "fk_rails_eadb6874f1"
FOREIGN KEY ("order_id")
  REFERENCES "orders" ("id")
 ON DELETE CASCADE;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000005') RETURNING "version";

-- == unindexed_key

BEGIN;

-- add_column :reviews, :critic_id, :bigint
ALTER TABLE "reviews" ADD "critic_id" bigint;

-- add_foreign_key :reviews, :customers, column: :critic_id, on_delete: :nullify
ALTER TABLE "reviews" ADD CONSTRAINT "fk_rails_2244d6a1ee"
FOREIGN KEY ("critic_id")
  REFERENCES "customers" ("id")
 ON DELETE SET NULL;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000006') RETURNING "version";

COMMIT;

-- == reference_without_index

BEGIN;

-- add_reference :reviews, :author, index: false, foreign_key: { to_table: :customers, on_delete: :nullify }
ALTER TABLE "reviews" ADD "author_id" bigint;

ALTER TABLE "reviews" ADD CONSTRAINT "fk_rails_29e6f859c4"
FOREIGN KEY ("author_id")
  REFERENCES "customers" ("id")
 ON DELETE SET NULL;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000007') RETURNING "version";

COMMIT;

-- == index_removed

BEGIN;

-- remove_index :reviews, :order_id
DROP INDEX  "index_reviews_on_order_id";

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000008') RETURNING "version";

COMMIT;

-- == index_removed_outside_of_a_transaction

-- remove_index :gadgets, :order_id, algorithm: :concurrently
DROP INDEX CONCURRENTLY "index_gadgets_on_order_id";

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000009') RETURNING "version";

-- == unnamed_check

BEGIN;

-- execute "ALTER TABLE orders ADD CHECK (id > 0)"
ALTER TABLE orders ADD CHECK (id > 0);

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000010') RETURNING "version";

COMMIT;

-- == unnamed_unique

BEGIN;

-- add_column :orders, :number, "text UNIQUE"
ALTER TABLE "orders" ADD "number" text UNIQUE;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000011') RETURNING "version";

COMMIT;

-- == unnamed_key

BEGIN;

-- execute "ALTER TABLE lines ADD FOREIGN KEY (id) REFERENCES orders ON DELETE CASCADE"
ALTER TABLE lines ADD FOREIGN KEY (id) REFERENCES orders ON DELETE CASCADE;

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000012') RETURNING "version";

COMMIT;
