exports.up = (pgm) => {
  pgm.createTable('books', { id: 'id', title: { type: 'varchar(200)', notNull: true } });
  pgm.createIndex('books', 'title');
};
exports.down = (pgm) => pgm.dropTable('books');
