//! What objects are called in a sentence, with names that are qualified and quoted as in SQL.

use pgrx::pg_sys;

use crate::facts::{AttrNumber, Oid, QualifiedName};
use crate::pg::read::depend::Object;
use crate::pg::read::reader::Reader;
use crate::pg::scan::schema::{
    PgAttribute, PgClass, PgPolicy, PgProc, PgPublication, PgPublicationRel, PgRewrite, PgStatisticExt, PgTrigger,
    index,
};
use crate::pg::scan::{Key, find};
use crate::pg::text;
use crate::rule::Catalog;
use crate::sql;

/// A table, view, index, or another relation.
pub fn of_relation(reader: &Reader, oid: Oid) -> String {
    let key = [(PgClass::oid, Key::Oid(oid))];
    let facts = find(reader.snapshot(), index::CLASS_OID, &key, |row| {
        (row.char(PgClass::relkind), row.oid(PgClass::relnamespace), row.name(PgClass::relname))
    });
    let (kind, schema, name) = facts.unwrap_or_default();
    let noun = match kind {
        'v' => "view",
        'm' => "materialized view",
        'f' => "foreign table",
        'c' => "type",
        'i' | 'I' => "index",
        'S' => "sequence",
        _ => "table",
    };
    format!("{noun} {}", sql::quote_qualified(&QualifiedName { schema: reader.schema_name(schema), name }))
}

/// Something that has its name within a relation: `policy p of table public.t`.
pub fn of_part(reader: &Reader, noun: &str, name: &str, relation: Oid) -> String {
    format!("{noun} {} of {}", sql::quote(name), of_relation(reader, relation))
}

pub fn of_column(reader: &Reader, noun: &str, relation: Oid, column: AttrNumber) -> String {
    let name = reader.find_column(relation, column, |row| row.name(PgAttribute::attname));
    of_part(reader, noun, &name.unwrap_or_default(), relation)
}

pub fn of_domain(reader: &Reader, oid: Oid) -> String {
    format!("domain {}", sql::quote_qualified(&reader.type_name(oid)))
}

/// A rule, or the view that it stands for.
pub fn of_rule(reader: &Reader, oid: Oid) -> String {
    const RULE_OF_A_VIEW: &str = "_RETURN";
    let key = [(PgRewrite::oid, Key::Oid(oid))];
    let facts = find(reader.snapshot(), index::REWRITE_OID, &key, |row| {
        (row.name(PgRewrite::rulename), row.oid(PgRewrite::ev_class))
    });
    let (name, relation) = facts.unwrap_or_default();
    match name.as_str() {
        RULE_OF_A_VIEW => of_relation(reader, relation),
        _ => of_part(reader, "rule", &name, relation),
    }
}

pub fn of_policy(reader: &Reader, oid: Oid) -> String {
    let key = [(PgPolicy::oid, Key::Oid(oid))];
    let facts = find(reader.snapshot(), index::POLICY_OID, &key, |row| {
        (row.name(PgPolicy::polname), row.oid(PgPolicy::polrelid))
    });
    let (name, table) = facts.unwrap_or_default();
    of_part(reader, "policy", &name, table)
}

pub fn of_trigger(reader: &Reader, oid: Oid) -> String {
    let key = [(PgTrigger::oid, Key::Oid(oid))];
    let facts = find(reader.snapshot(), index::TRIGGER_OID, &key, |row| {
        (row.name(PgTrigger::tgname), row.oid(PgTrigger::tgrelid))
    });
    let (name, table) = facts.unwrap_or_default();
    of_part(reader, "trigger", &name, table)
}

/// A function or procedure with the types of its arguments.
pub fn of_function(reader: &Reader, oid: Oid) -> String {
    const PROCEDURE: char = 'p';
    let key = [(PgProc::oid, Key::Oid(oid))];
    let kind = find(reader.snapshot(), index::PROC_OID, &key, |row| row.char(PgProc::prokind));
    // SAFETY: returns a palloc'ed C string, quoted and qualified, or raises an error.
    let name = || unsafe { text::from_server(pg_sys::format_procedure_qualified(oid.into())) };
    let noun = if kind == Some(PROCEDURE) { "procedure" } else { "function" };
    format!("{noun} {}", reader.ask(|| Some(name())).unwrap_or_default())
}

/// A publication, known by what it says about one table.
pub fn of_publication_of_table(reader: &Reader, oid: Oid) -> String {
    let key = [(PgPublicationRel::oid, Key::Oid(oid))];
    let publication =
        find(reader.snapshot(), index::PUBLICATION_REL_OID, &key, |row| row.oid(PgPublicationRel::prpubid));
    let key = [(PgPublication::oid, Key::Oid(publication.unwrap_or_default()))];
    let name = find(reader.snapshot(), index::PUBLICATION_OID, &key, |row| row.name(PgPublication::pubname));
    format!("publication {}", sql::quote(&name.unwrap_or_default()))
}

/// Extended statistics.
pub fn of_statistics(reader: &Reader, oid: Oid) -> String {
    let key = [(PgStatisticExt::oid, Key::Oid(oid))];
    let facts = find(reader.snapshot(), index::STATISTIC_EXT_OID, &key, |row| {
        (row.name(PgStatisticExt::stxname), row.oid(PgStatisticExt::stxnamespace))
    });
    let (name, schema) = facts.unwrap_or_default();
    format!("statistics {}", sql::quote_qualified(&QualifiedName { schema: reader.schema_name(schema), name }))
}

/// An object of any other kind, as PostgreSQL describes it.
pub fn of_any(reader: &Reader, object: Object) -> String {
    // SAFETY: returns a palloc'ed C string, or raises an error.
    let description =
        || unsafe { text::from_server(pg_sys::getObjectDescriptionOids(object.catalog.into(), object.oid.into())) };
    reader.ask(|| Some(description())).unwrap_or_default()
}
