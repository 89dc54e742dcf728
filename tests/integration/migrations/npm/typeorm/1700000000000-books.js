module.exports = class Books1700000000000 {
  async up(runner) {
    await runner.query('CREATE TABLE books (id bigserial PRIMARY KEY, title varchar(200) NOT NULL)');
    await runner.query('CREATE INDEX books_title ON books (title)');
  }

  async down(runner) {
    await runner.query('DROP TABLE books');
  }
};
