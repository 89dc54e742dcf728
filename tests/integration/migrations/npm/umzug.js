// Runs Umzug over ./umzug with Sequelize, as sequelize-cli does: `node umzug.js up` or `node umzug.js down`.
const { Sequelize } = require('sequelize');
const { SequelizeStorage, Umzug } = require('umzug');

const { PGHOST, PGUSER, PGDATABASE } = process.env;
const sequelize = new Sequelize(PGDATABASE, PGUSER, null, { host: PGHOST, dialect: 'postgres', logging: false });
const umzug = new Umzug({
  migrations: { glob: 'umzug/*.js' },
  context: sequelize.getQueryInterface(),
  storage: new SequelizeStorage({ sequelize }),
  logger: undefined,
});

const run = process.argv[2] === 'down' ? umzug.down({ to: 0 }) : umzug.up();
run.finally(() => sequelize.close());
