// Runs Drizzle's own migrator over ./drizzle. It knows no way back.
const { drizzle } = require('drizzle-orm/node-postgres');
const { migrate } = require('drizzle-orm/node-postgres/migrator');
const { Pool } = require('pg');

const pool = new Pool();
migrate(drizzle(pool), { migrationsFolder: './drizzle' }).finally(() => pool.end());
