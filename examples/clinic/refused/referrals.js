import { createTable } from "../conventions.js";

// Refused at its statement. Knex's own `enu` creates no enum type but a text column with a check that lists the words,
// and gives the check no name; `useTz: false` creates a time without time zone, which means another moment to each
// reader. No later statement of the transaction is likely to fix any of this.
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
