import { alterTable, createTable } from "../conventions.js";

// There are no appointments yet, so the new column of their table may be NOT NULL from the start.
export async function up(knex) {
  await createTable(knex, "rooms", (table, { unique }) => {
    table.string("name", 40).notNullable();
    unique("name");
  });
  await alterTable(knex, "appointments", (table, { refersTo }) => {
    // The key comes before its index: the index must only exist at the end of the transaction.
    refersTo("rooms", "room_id", "RESTRICT");
  });
}

export async function down(knex) {
  await alterTable(knex, "appointments", (table) => table.dropColumn("room_id"));
  await knex.schema.dropTable("rooms");
}
