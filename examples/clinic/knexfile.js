// The database that CLINIC_DATABASE_URL names, or else PGDATABASE or "clinic" on the server that PostgreSQL's own
// variables (PGHOST, PGUSER, …) name.

import { tell } from "./tell.js";

export default {
  client: "pg",
  connection: process.env.CLINIC_DATABASE_URL ?? { database: process.env.PGDATABASE ?? "clinic" },
  migrations: {
    directory: "./migrations",
    // Knex records a migration in the transaction that runs it, but on a rollback deletes the record in another one.
    // Here it is deleted in the same transaction, so that both happen or neither. On the way up there is no record yet.
    afterEach: (transaction, [migration]) => transaction("knex_migrations").where({ name: migration.file }).del(),
  },
  pool: {
    // Knex only passes on errors. This prints warnings and notices, too.
    afterCreate(connection, done) {
      connection.on("notice", tell);
      done(null, connection);
    },
  },
};
