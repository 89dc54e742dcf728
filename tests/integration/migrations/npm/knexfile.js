// How Knex reaches the database: by PostgreSQL's own variables (PGHOST, PGUSER, …).
module.exports = {
  client: 'pg',
  connection: {},
  migrations: { directory: './knex' },
};
