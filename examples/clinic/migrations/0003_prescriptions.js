import { createTable } from "../conventions.js";

export async function up(knex) {
  await createTable(knex, "prescriptions", (table, { refersTo, check }) => {
    refersTo("appointments", "appointment_id", "CASCADE");
    table.string("medicine", 120).notNullable();
    table.integer("daily_doses").notNullable();
    table.text("instructions").notNullable().defaultTo("");
    table.date("valid_until");
    check("daily_doses_positive", "daily_doses > 0");
  });
}

export async function down(knex) {
  await knex.schema.dropTable("prescriptions");
}
