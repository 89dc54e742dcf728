import { createTable, dropTypes } from "../conventions.js";

export async function up(knex) {
  await createTable(knex, "invoices", (table, { refersTo, oneOf, unique, check }) => {
    // An appointment has one invoice; the index of the unique constraint serves this reference.
    refersTo("appointments", "appointment_id", "RESTRICT", { index: false });
    oneOf("invoice_payer", "payer", ["patient", "insurance"]);
    table.decimal("amount", 10, 2).notNullable();
    table.timestamp("paid_at");
    unique("appointment_id");
    check("amount_positive", "amount > 0");
  });
}

export async function down(knex) {
  await knex.schema.dropTable("invoices");
  await dropTypes(knex, "invoice_payer");
}
