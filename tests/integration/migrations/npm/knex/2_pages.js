exports.up = (knex) => knex.schema.alterTable('books', (table) => table.integer('pages'));
exports.down = (knex) => knex.schema.alterTable('books', (table) => table.dropColumn('pages'));
exports.config = { transaction: process.env.NO_TRANSACTION !== 'yes' };
