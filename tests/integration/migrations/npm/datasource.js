// How TypeORM reaches the database: by PostgreSQL's own variables (PGHOST, PGUSER, …).
const { DataSource } = require('typeorm');

module.exports = new DataSource({
  type: 'postgres',
  host: process.env.PGHOST,
  username: process.env.PGUSER,
  database: process.env.PGDATABASE,
  migrations: ['./typeorm/*.js'],
});
