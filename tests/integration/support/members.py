"""What an extension is made of, in every detail that the catalogs have, but for numbers that differ by chance."""

# The members of the extension and what belongs to them: indexes, constraints, defaults, sequences, rules, row types.
# The names of TOAST tables are numbers; whether a table has one is in its own row.
MEMBERS = """
    WITH RECURSIVE member (classid, objid) AS (
        SELECT 'pg_extension'::regclass::oid, oid FROM pg_extension WHERE extname = 'pg_guardrail'
        UNION
        SELECT d.classid, d.objid FROM member m
            JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('e', 'i', 'a', 'P', 'S')
            WHERE m.classid <> 'pg_extension'::regclass OR d.deptype = 'e'
    ),
    object (classid, objid, name) AS (
        SELECT m.classid, m.objid, concat_ws(' ', i.type, i.identity)
        FROM member m, pg_identify_object(m.classid, m.objid, 0) i WHERE i.schema IS DISTINCT FROM 'pg_toast'
    ),
    line (text) AS (
"""

# A row of a catalog as JSON, without the columns that hold numbers; what they stand for is written beside it.
ROWS = {
    "pg_extension": (
        "oid extowner extnamespace extconfig",
        "extowner::regrole, extnamespace::regnamespace, extconfig::regclass[]",
    ),
    "pg_namespace": ("oid nspowner", "nspowner::regrole"),
    "pg_proc": (
        "oid pronamespace proowner prolang prorettype proargtypes proallargtypes proargdefaults prosupport provariadic",
        "proowner::regrole, prorettype::regtype, pg_get_functiondef(r.oid), pg_get_function_arguments(r.oid)",
    ),
    "pg_class": (
        "oid relnamespace reltype reloftype relowner relam relfilenode relpages reltuples relallvisible relallfrozen"
        " reltoastrelid relfrozenxid relminmxid",
        "relowner::regrole, (SELECT amname FROM pg_am WHERE oid = relam), reltoastrelid <> 0,"
        " CASE WHEN relkind = 'v' THEN pg_get_viewdef(r.oid) WHEN relkind = 'i' THEN pg_get_indexdef(r.oid) END",
    ),
    "pg_type": (
        "oid typnamespace typowner typrelid typelem typarray typsubscript typinput typoutput typreceive typsend"
        " typanalyze typbasetype typcollation",
        "typowner::regrole, typelem::regtype, typbasetype::regtype",
    ),
    "pg_constraint": (
        "oid connamespace conrelid contypid conindid conparentid confrelid conbin conpfeqop conppeqop conffeqop conexclop",
        "conrelid::regclass, conindid::regclass, pg_get_constraintdef(r.oid)",
    ),
    "pg_event_trigger": ("oid evtowner evtfoid", "evtowner::regrole, evtfoid::regprocedure"),
    "pg_rewrite": ("oid ev_class ev_qual ev_action", "ev_class::regclass"),
    "pg_attrdef": ("oid adrelid adbin", "adrelid::regclass, pg_get_expr(adbin, adrelid)"),
}

# What hangs on a column of a member, and what has no object of its own. The releases of November 2026 keep a number of
# their own among the options of a column.
PARTS = """
    SELECT concat_ws(' | ', o.name, 'attribute', to_jsonb(r) - '{attrelid,atttypid,attcollation,attcacheoff,attoptions}'::text[],
        format_type(r.atttypid, r.atttypmod), r.attcollation::regcollation,
        (SELECT array_agg(given) FROM unnest(r.attoptions) given WHERE given NOT LIKE 'pg_attver=%'))
    FROM object o JOIN pg_attribute r ON o.classid = 'pg_class'::regclass AND r.attrelid = o.objid
    WHERE r.attnum > 0
    UNION ALL
    SELECT concat_ws(' | ', o.name, 'sequence', to_jsonb(r) - '{seqrelid,seqtypid}'::text[], r.seqtypid::regtype)
    FROM object o JOIN pg_sequence r ON o.classid = 'pg_class'::regclass AND r.seqrelid = o.objid
    UNION ALL
    SELECT concat_ws(' | ', o.name, 'comment', r.objsubid, r.description)
    FROM object o JOIN pg_description r ON r.classoid = o.classid AND r.objoid = o.objid
    UNION ALL
    SELECT concat_ws(' | ', o.name, 'initial privileges', r.objsubid, r.privtype, r.initprivs)
    FROM object o JOIN pg_init_privs r ON r.classoid = o.classid AND r.objoid = o.objid
    UNION ALL
    SELECT concat_ws(' | ', o.name, 'security label', r.label)
    FROM object o JOIN pg_seclabel r ON r.classoid = o.classid AND r.objoid = o.objid
    UNION ALL
    SELECT concat_ws(' | ', o.name, 'depends', r.deptype, pg_describe_object(r.refclassid, r.refobjid, r.refobjsubid))
    FROM object o JOIN pg_depend r ON r.classid = o.classid AND r.objid = o.objid
    UNION ALL
    SELECT concat_ws(' | ', 'default privileges', to_jsonb(r) - 'oid') FROM pg_default_acl r
"""


def describe(guard):
    """The extension in lines, sorted. Every kind of object in it must be one that this file knows."""
    queries = [PARTS]
    for catalog, (left_out, shown) in ROWS.items():
        names = ",".join(left_out.split())
        queries.append(
            f"SELECT concat_ws(' | ', o.name, to_jsonb(r) - '{{{names}}}'::text[], to_jsonb(ARRAY[ROW({shown})::text]))"
            f" FROM object o JOIN {catalog} r ON o.classid = '{catalog}'::regclass AND r.oid = o.objid"
        )
    known = ", ".join(f"'{catalog}'::regclass" for catalog in ROWS)
    unknown = guard.observe(f"{MEMBERS} SELECT name FROM object WHERE classid NOT IN ({known})) SELECT text FROM line")
    assert unknown == []
    rows = guard.observe(f"{MEMBERS} {' UNION ALL '.join(queries)}) SELECT text FROM line ORDER BY text COLLATE \"C\"")
    return [text for (text,) in rows]
