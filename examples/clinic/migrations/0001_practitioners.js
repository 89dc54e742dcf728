import { createLink, createTable } from "../conventions.js";

export async function up(knex) {
  await createTable(knex, "specialties", (table, { unique }) => {
    table.string("name", 80).notNullable();
    unique("name");
  });
  await createTable(knex, "practitioners", (table, { unique }) => {
    table.string("licence_number", 20).notNullable();
    table.string("name", 120).notNullable();
    table.boolean("accepts_patients").notNullable().defaultTo(true);
    unique("licence_number");
  });
  await createLink(knex, "practitioner_specialties", [
    { table: "practitioners", column: "practitioner_id" },
    { table: "specialties", column: "specialty_id" },
  ]);
}

export async function down(knex) {
  await knex.schema.dropTable("practitioner_specialties").dropTable("practitioners").dropTable("specialties");
}
