// Does what `knex migrate:…` does, and prints the DETAIL and the HINT of a refusal. `up` also finds the migrations that
// the database refuses.

import { fileURLToPath } from "node:url";
import knex from "knex";
import configuration from "./knexfile.js";
import { tell } from "./tell.js";

const commands = {
  latest: ({ migrate }) => migrate.latest(),
  rollback: ({ migrate }) => migrate.rollback({}, true),
  up: ({ migrate }, name) => migrate.up({ name, directory: ["./migrations", "./refused"] }),
};
const [command, name] = process.argv.slice(2);
if (!commands[command]) {
  console.error("usage: node migrate.js latest|rollback|up FILE");
  process.exit(2);
}

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const database = knex(configuration);
try {
  const [batch, files] = await commands[command](database, name);
  console.log(`batch ${batch}: ${files.length} migrations`, files);
} catch (error) {
  tell(error);
  process.exitCode = 1;
} finally {
  await database.destroy();
}
