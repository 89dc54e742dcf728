import { alterTable, createTable } from "../conventions.js";

// The clinic takes no appointments yet, so the new column of theirs may be required from the start.
export async function up(knex) {
  await createTable(knex, "rooms", (table, { unique }) => {
    table.string("name", 40).notNullable();
    unique("name");
  });
  await alterTable(knex, "appointments", (table, { refersTo }) => {
    // The key before its index: what counts is that the index is there at the end of the transaction.
    refersTo("rooms", "room_id", "RESTRICT");
  });
}

export async function down(knex) {
  await alterTable(knex, "appointments", (table) => table.dropColumn("room_id"));
  await knex.schema.dropTable("rooms");
}
