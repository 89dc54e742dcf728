// Unleash's own migrations, with db-migrate.
import { migrateDb } from './node_modules/unleash-server/dist/migrator.js';

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const server = { host: PGHOST, port: PGPORT, user: PGUSER, database: PGDATABASE, ssl: false };
await migrateDb({ db: { ...server, driver: 'postgres', schema: 'public' } });
