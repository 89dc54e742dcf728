import { createTable } from "../conventions.js";

// Refused at COMMIT. Each statement is sound, and a later one could still have made the index for the reference and
// filled the column and made it NOT NULL; none does. The other table, with which nothing is wrong, goes back as well.
export async function up(knex) {
  await createTable(knex, "closing_days", (table, { unique }) => {
    table.date("closed_on").notNullable();
    unique("closed_on");
  });
  await createTable(knex, "waiting_list_entries", (table, { refersTo }) => {
    refersTo("patients", "patient_id", "CASCADE", { index: false });
    table.integer("priority");
  });
}

export async function down(knex) {
  await knex.schema.dropTable("waiting_list_entries").dropTable("closing_days");
}
