import { createTable, dropTypes } from "../conventions.js";

export async function up(knex) {
  await createTable(knex, "patients", (table) => {
    table.string("name", 120).notNullable();
    table.date("born_on").notNullable();
    table.string("phone", 30).notNullable();
  });
  await createTable(knex, "appointments", (table, { refersTo, oneOf, unique, check }) => {
    refersTo("patients", "patient_id", "CASCADE");
    // The unique constraint begins with the column, so its index serves this reference.
    refersTo("practitioners", "practitioner_id", "RESTRICT", { index: false });
    oneOf("appointment_status", "status", ["booked", "kept", "missed", "cancelled"]).defaultTo("booked");
    table.timestamp("starts_at").notNullable();
    table.timestamp("ends_at").notNullable();
    table.timestamp("reminded_at");
    unique("practitioner_id", "starts_at");
    check("ends_after_start", "ends_at > starts_at");
  });
}

export async function down(knex) {
  await knex.schema.dropTable("appointments").dropTable("patients");
  await dropTypes(knex, "appointment_status");
}
