/* The least that an event trigger can be: what the guard is measured against where it has nothing to do. */
#include "postgres.h"
#include "fmgr.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(empty_trigger);

Datum
empty_trigger(PG_FUNCTION_ARGS)
{
	PG_RETURN_NULL();
}
