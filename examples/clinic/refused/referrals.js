import { createTable } from "../conventions.js";

// Refused at its statement. Knex's own `enu` makes no enum type but a text column with a check that lists the words,
// and gives the check no name; `useTz: false` makes a time that is another moment to each reader. No later statement
// of the transaction is likely to mend any of it.
export async function up(knex) {
  await createTable(knex, "referrals", (table, { refersTo }) => {
    refersTo("appointments", "appointment_id", "CASCADE");
    table.enu("urgency", ["routine", "soon", "immediate"]).notNullable();
    table.timestamp("sent_at", { useTz: false });
  });
}

export async function down(knex) {
  await knex.schema.dropTable("referrals");
}
