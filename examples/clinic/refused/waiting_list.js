import { createTable } from "../conventions.js";

// Refused at COMMIT. No statement is refused when it runs: a later one could still create the index for the reference,
// fill the column and set it NOT NULL. None does. The other table has no violation, but it is rolled back as well.
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
