exports.up = (knex) =>
  knex.schema.createTable('books', (table) => {
    table.bigIncrements('id');
    table.string('title', 200).notNullable().index();
  });
exports.down = (knex) => knex.schema.dropTable('books');
