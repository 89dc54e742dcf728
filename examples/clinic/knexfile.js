// The database that CLINIC_DATABASE_URL names, or else PGDATABASE or "clinic" on the server that PostgreSQL's own
// variables (PGHOST, PGUSER, …) name.

import { tell } from "./tell.js";

export default {
  client: "pg",
  connection: process.env.CLINIC_DATABASE_URL ?? { database: process.env.PGDATABASE ?? "clinic" },
  migrations: {
    directory: "./migrations",
    // Knex records migrations in the transaction that runs them, but strikes out what is rolled back in another one.
    // Here that happens in the same: both or neither. On the way up there is nothing to strike out yet.
    afterEach: (transaction, [migration]) => transaction("knex_migrations").where({ name: migration.file }).del(),
  },
  pool: {
    // Knex passes on errors alone; what is only a warning or a notice wants to be heard, too.
    afterCreate(connection, done) {
      connection.on("notice", tell);
      done(null, connection);
    },
  },
};
