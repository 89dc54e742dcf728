module.exports = class Pages1700000000001 {
  async up(runner) {
    await runner.query('ALTER TABLE books ADD pages integer');
  }

  async down(runner) {
    await runner.query('ALTER TABLE books DROP COLUMN pages');
  }
};
