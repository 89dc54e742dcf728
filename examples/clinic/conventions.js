/**
 * The conventions of the clinic's tables, in one place, so that a migration only says what is particular to its table.
 *
 * - Every table has a uuid as its key, and columns for when a row was created and last changed.
 * - Every key, index and check has a name, composed of the names of the table and the columns.
 * - Every reference says what happens to the row when the other one is deleted, and has an index.
 * - A column that takes only a few words is of an enum type.
 */

/** Creates a table; `columns` gets Knex's table and the functions of `wordsFor`. */
export async function createTable(knex, name, columns) {
  await knex.schema.createTable(name, (table) => {
    table.uuid("id").notNullable().defaultTo(knex.raw("gen_random_uuid()"));
    table.primary(["id"], { constraintName: `pk_${name}` });
    columns(table, wordsFor(name, table));
    moments(table);
  });
}

/** Creates a table that links rows of two others; a link is deleted with either of its rows. */
export async function createLink(knex, name, [one, other]) {
  await knex.schema.createTable(name, (table) => {
    const { refersTo } = wordsFor(name, table);
    const key = [one, other].map((linked) => linked.column);
    table.primary(key, { constraintName: `pk_${name}` });
    // The primary key begins with the first column, so its index serves this reference.
    refersTo(one.table, one.column, "CASCADE", { index: false });
    refersTo(other.table, other.column, "CASCADE");
    moments(table);
  });
}

/** Changes a table; `changes` gets Knex's table and the functions of `wordsFor`. */
export async function alterTable(knex, name, changes) {
  await knex.schema.alterTable(name, (table) => changes(table, wordsFor(name, table)));
}

/** Drops enum types. Knex creates them with their column but does not drop them with it. */
export async function dropTypes(knex, ...types) {
  for (const type of types) await knex.schema.raw("DROP TYPE ??", [type]);
}

function moments(table) {
  table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(table.client.raw("now()"));
  table.timestamp("updated_at", { useTz: true }).notNullable().defaultTo(table.client.raw("now()"));
}

/** Functions that describe the columns of one table, next to Knex's own. */
function wordsFor(name, table) {
  return {
    /** A reference to a row of another table. */
    refersTo(other, column, onDelete, { index = true } = {}) {
      const reference = table.uuid(column).notNullable();
      table.foreign(column, `fk_${name}_${column}`).references("id").inTable(other).onDelete(onDelete);
      if (index) table.index(column, `ix_${name}_${column}`);
      return reference;
    },

    /** A column that holds one of a few words. Its enum type is created with it. */
    oneOf(type, column, words) {
      return table.enu(column, words, { useNative: true, enumName: type }).notNullable();
    },

    /** No two rows have the same values here. */
    unique(...columns) {
      table.unique(columns, { indexName: `uq_${name}_${columns.join("_")}` });
    },

    /** A condition that every row meets; the title is part of the constraint's name. */
    check(title, condition) {
      table.check(condition, [], `ck_${name}_${title}`);
    },
  };
}
