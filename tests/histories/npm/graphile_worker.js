// Graphile Worker's own migrations; with an argument also some work for the queue, which runs at once.
import { quickAddJob, runMigrations, runOnce } from 'graphile-worker';
import pg from 'pg';

const pgPool = new pg.Pool();
await runMigrations({ pgPool });
if (process.argv[2] === 'work') {
  for (const queueName of ['mail', undefined]) await quickAddJob({ pgPool }, 'greet', { name: 'you' }, { queueName });
  const done = [];
  await runOnce({ pgPool, taskList: { greet: async () => done.push('greeted') }, parsedCronItems: [] });
  if (done.length !== 2) throw new Error(`${done.length} jobs have run`);
}
await pgPool.end();
