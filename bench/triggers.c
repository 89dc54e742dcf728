/*
 * The triggers that the benchmark compares the guard with: one that does nothing, and one that reads the least that a
 * guard has to read.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(empty_trigger);
PG_FUNCTION_INFO_V1(floor_trigger);

Datum
empty_trigger(PG_FUNCTION_ARGS)
{
	PG_RETURN_NULL();
}

/* Reads all rows of a catalog that belong to a relation, and looks at none of them. */
static void
read_rows(Oid catalog, Oid index, AttrNumber column, Oid relation)
{
	ScanKeyData key;
	Relation	rows = table_open(catalog, AccessShareLock);
	SysScanDesc scan;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rows, index, true, NULL, 1, &key);
	while (HeapTupleIsValid(systable_getnext(scan)))
		;
	systable_endscan(scan);
	table_close(rows, AccessShareLock);
}

/*
 * Asks which tables the statement has touched, and reads each one's row, columns, constraints and indexes once,
 * without decoding, comparing or checking anything.
 */
Datum
floor_trigger(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	Oid			last = InvalidOid;

	SPI_connect();
	if (plan == NULL)
	{
		plan = SPI_prepare("SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands()"
						   " WHERE classid = 1259 AND object_type = 'table'", 0, NULL);
		SPI_keepplan(plan);
	}
	SPI_execute_plan(plan, NULL, NULL, true, 0);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		Oid			table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull));
		HeapTuple	tuple;

		if (table == last)
			continue;
		last = table;
		tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
		read_rows(AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, table);
		read_rows(ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid, table);
		read_rows(IndexRelationId, IndexIndrelidIndexId, Anum_pg_index_indrelid, table);
	}
	SPI_finish();
	PG_RETURN_NULL();
}
