// Runs Kysely's own migrator over two migrations: `node kysely.js up` runs them all, `node kysely.js down` takes the
// last one back.
const { Kysely, Migrator, PostgresDialect } = require('kysely');
const { Pool } = require('pg');

const books = {
  up: (db) => db.schema.createTable('books').addColumn('id', 'integer').execute(),
  down: (db) => db.schema.dropTable('books').execute(),
};
const pages = {
  up: (db) => db.schema.alterTable('books').addColumn('pages', 'integer').execute(),
  down: (db) => db.schema.alterTable('books').dropColumn('pages').execute(),
};
const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool() }) });
const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ '1_books': books, '2_pages': pages }) } });

const run = process.argv[2] === 'down' ? migrator.migrateDown() : migrator.migrateToLatest();
run.then(({ error }) => {
  if (error) {
    console.error(error);
    process.exitCode = 1;
  }
}).finally(() => db.destroy());
