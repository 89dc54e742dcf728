// pg-boss's schema as an old version made it, and each migration since; with an argument also queues, each of which may
// have a partition of its own.
import PgBoss11 from 'pg-boss-11';
import { PgBoss } from 'pg-boss';
import pg from 'pg';
import { getAll, next } from './node_modules/pg-boss/dist/migrationStore.js';

const db = new pg.Client();
await db.connect();
const installed = await db.query("SELECT to_regclass('pgboss.version') AS version");
if (!installed.rows[0].version) {
  await db.query(PgBoss11.getConstructionPlans('pgboss'));
  const migrations = getAll('pgboss');
  const latest = Math.max(...migrations.map((migration) => migration.version));
  for (let version = 26; version < latest; version++) await db.query(next('pgboss', version, migrations));
}
if (process.argv[2] === 'work') {
  const boss = new PgBoss({});
  // Its background work may still look for the partition of a queue that has just been deleted.
  boss.on('error', (error) => { if (error.code !== '42P01') throw error; });
  await boss.start();
  for (const partition of [false, true]) {
    for (const policy of ['standard', 'short', 'singleton', 'stately', 'exclusive', 'key_strict_fifo']) {
      const queue = `${policy}${partition}`;
      await boss.createQueue(queue, { policy, partition });
      await boss.send(queue, { some: 'data' }, { singletonKey: 'key' });
      if ((await boss.fetch(queue)).length !== 1) throw new Error(`nothing in ${queue}`);
      await boss.deleteQueue(queue);
    }
  }
  await boss.stop();
}
await db.end();
