//! Changes of indexes, and new ones, as statements.

use super::constraint::{drop as drop_constraint, index_uses_but_constraint, numbers_of};
use super::covered::{Covering, drop_covered};
use super::followers::{index_will_fit, new_index_will_fit};
use super::step::{Attempt, Phase, Site, Step, unless_used};
use crate::facts::{Column, Index, QualifiedName};
use crate::rule::{IndexEdit, NewIndex, NewKey};
use crate::sql::{may_hold_comment, quote, quote_qualified};

/// The statements that change an index.
pub fn change(index: &Index, edit: &IndexEdit, site: &Site<'_>) -> Attempt {
    match edit {
        IndexEdit::Name => {
            let checked = site.after.indexes.iter().find(|other| other.oid == index.oid).unwrap_or(index);
            let new = site.names.rename_index(site.relation, checked);
            let old = QualifiedName::new(&site.relation.name.schema, &index.name);
            if !index_will_fit(checked, &new, site) {
                return Err(format!("Choose a name for index {} that fits.", quote_qualified(&old)));
            }
            let statement = format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(&new));
            Ok(Step::new(Phase::PartNames, statement))
        }
        IndexEdit::Drop => drop(index, site),
        IndexEdit::Rebuild => Ok(rebuild(index, site)),
    }
}

/// Drops an index, or the constraint that it backs; CONCURRENTLY where the statement is a CREATE INDEX CONCURRENTLY.
pub fn drop(index: &Index, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    if let Some(constraint) = relation.constraint_backed_by(index) {
        return drop_constraint(constraint, site);
    }
    let name = quote_qualified(&QualifiedName::new(&relation.name.schema, &index.name));
    if index.inherited {
        return Err(format!("Drop the index of the partitioned table that index {name} is part of."));
    }
    unless_used(&format!("Drop index {name}"), &index_uses_but_constraint(index.oid, site))?;
    let concurrently = if site.after.indexes.iter().any(Index::is_yet_to_be_built) { "CONCURRENTLY " } else { "" };
    Ok(Step::new(Phase::Drops, format!("DROP INDEX {concurrently}{name};"))
        .caution_if(true, "drops an index")
        .dropping([index.oid]))
}

/// Builds an index anew. REINDEX CONCURRENTLY would leave writers alone, but cannot run in a transaction, and would leave
/// another index that is not valid if it fails.
fn rebuild(index: &Index, site: &Site<'_>) -> Step {
    let name = quote_qualified(&QualifiedName::new(&site.relation.name.schema, &index.name));
    Step::new(Phase::Constraints, format!("REINDEX INDEX {name};"))
        .caution_if(true, BLOCKS_WRITES)
        .caution_if(index.unique, "fails if values repeat")
}

/// The caution of what builds an index, unless it is CONCURRENTLY.
const BLOCKS_WRITES: &str = "blocks writes to the table while it runs";

/// Adds an index; CONCURRENTLY where the statement builds or drops one so.
pub fn add(new: &NewIndex, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    let name = site.names.name_index(relation, &new.columns);
    let columns = new.columns.iter().filter_map(|number| relation.column(*number));
    let collations = new.collations.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let element = |(column, collation): (&Column, Option<&String>)| match collation {
        Some(collation) => format!("{} COLLATE {collation}", quote(&column.name)),
        None => quote(&column.name),
    };
    let elements: Vec<String> = columns.zip(collations).map(element).collect();
    if !new_index_will_fit(&new.columns, &name, site) {
        let columns = elements.join(", ");
        return Err(format!("Add an index over {columns} to table {}, under a name that fits.", site.name()));
    }
    let concurrently = if is_concurrent(site) { " CONCURRENTLY" } else { "" };
    let statement =
        format!("CREATE INDEX{concurrently} {} ON {} ({});", quote(&name), site.name(), elements.join(", "));
    let blocks = concurrently.is_empty() && site.may_have_rows();
    let step = Step::new(Phase::Constraints, statement).caution_if(blocks, BLOCKS_WRITES);
    match covering(new, site) {
        Some(covering) => drop_covered(covering, site, step).map_err(|_| String::new()),
        None => Ok(step),
    }
}

/// Whether a new key does for a new index.
pub fn is_covered(new: &NewIndex, key: &NewKey, site: &Site<'_>) -> bool {
    let Some(covering) = covering(new, site) else { return false };
    numbers_of(key, site.relation).is_some_and(|columns| columns.starts_with(covering.columns))
}

/// A new index that does for others, and can take them along. What is built CONCURRENTLY stands alone.
fn covering<'a>(new: &'a NewIndex, site: &Site<'_>) -> Option<Covering<'a>> {
    let covers = !is_concurrent(site) && new.collations.iter().all(Option::is_none);
    covers.then_some(Covering { columns: &new.columns, is_unique: false, taken: None })
}

/// Whether the statement builds or drops an index CONCURRENTLY.
fn is_concurrent(site: &Site<'_>) -> bool {
    let drops = site.relation.index_to_drop.is_some() || site.after.index_to_drop.is_some();
    drops || site.after.indexes.iter().any(Index::is_yet_to_be_built)
}

/// The statement of an index that is yet to be built CONCURRENTLY, with another name.
pub fn build_under_another_name(index: &Index, site: &Site<'_>) -> Option<String> {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let name = quote(&site.names.rename_index(site.relation, index));
    let rest = index.statement.as_ref()?;
    // The text is the client's, and may end in a comment.
    let end = if may_hold_comment(rest) { "\n;" } else { ";" };
    Some(format!("CREATE {unique}INDEX CONCURRENTLY {name} ON {rest}{end}"))
}
