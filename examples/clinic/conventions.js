/**
 * The conventions of the clinic's tables, in one place: a migration says what a table is about, and has nothing to
 * remember.
 *
 * - Every table has a uuid for a key, and says when a row was made and last changed.
 * - Every key, index and check has a name, made of the table's and the columns'.
 * - Every reference says what becomes of the row when the other one goes, and has an index.
 * - A column that takes a few words only is of an enum type.
 */

/** Makes a table; `columns` gets Knex's table and the words below. */
export async function createTable(knex, name, columns) {
  await knex.schema.createTable(name, (table) => {
    table.uuid("id").notNullable().defaultTo(knex.raw("gen_random_uuid()"));
    table.primary(["id"], { constraintName: `pk_${name}` });
    columns(table, wordsFor(name, table));
    moments(table);
  });
}

/** Makes a table that only says which rows of two others belong together, and goes with either of them. */
export async function createLink(knex, name, [one, other]) {
  await knex.schema.createTable(name, (table) => {
    const { refersTo } = wordsFor(name, table);
    const key = [one, other].map((linked) => linked.column);
    table.primary(key, { constraintName: `pk_${name}` });
    // The primary key begins with the first column, and so is its index.
    refersTo(one.table, one.column, "CASCADE", { index: false });
    refersTo(other.table, other.column, "CASCADE");
    moments(table);
  });
}

/** Changes a table; `changes` gets Knex's table and the words below. */
export async function alterTable(knex, name, changes) {
  await knex.schema.alterTable(name, (table) => changes(table, wordsFor(name, table)));
}

/** Drops enum types: Knex makes them with their column, and leaves them behind. */
export async function dropTypes(knex, ...types) {
  for (const type of types) await knex.schema.raw("DROP TYPE ??", [type]);
}

function moments(table) {
  table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(table.client.raw("now()"));
  table.timestamp("updated_at", { useTz: true }).notNullable().defaultTo(table.client.raw("now()"));
}

/** The words in which the columns of one table are described, beside Knex's own. */
function wordsFor(name, table) {
  return {
    /** A reference to a row of another table. */
    refersTo(other, column, onDelete, { index = true } = {}) {
      const reference = table.uuid(column).notNullable();
      table.foreign(column, `fk_${name}_${column}`).references("id").inTable(other).onDelete(onDelete);
      if (index) table.index(column, `ix_${name}_${column}`);
      return reference;
    },

    /** A column that holds one of a few words, of an enum type that is made with it. */
    oneOf(type, column, words) {
      return table.enu(column, words, { useNative: true, enumName: type }).notNullable();
    },

    /** No two rows have the same values here. */
    unique(...columns) {
      table.unique(columns, { indexName: `uq_${name}_${columns.join("_")}` });
    },

    /** A condition that every row keeps; the title says which. */
    check(title, condition) {
      table.check(condition, [], `ck_${name}_${title}`);
    },
  };
}
