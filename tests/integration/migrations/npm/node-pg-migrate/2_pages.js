exports.up = (pgm) => {
  if (process.env.NO_TRANSACTION === 'yes') pgm.noTransaction();
  pgm.addColumn('books', { pages: 'integer' });
};
exports.down = (pgm) => pgm.dropColumn('books', 'pages');
