//! Changes of a relation as a whole, as statements.

use super::column::{PLACEHOLDER, RENAMES};
use super::followers::rename_followers;
use super::step::{Attempt, LEAVE_OUT, Phase, Site, Step, unless_used};
use crate::facts::{QualifiedName, Relation, RelationKind, Use, UseKind};
use crate::rule::RelationEdit;
use crate::sql::{literal, quote, quote_qualified};

/// The statements that change a relation.
pub fn change(edit: &RelationEdit, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    match edit {
        RelationEdit::Name => {
            let new = site.names.rename_relation(site.after);
            let mut statements = rename_followers(None, site);
            statements.push(format!("{} RENAME TO {};", site.alter(), quote(&new)));
            Ok(Step { phase: Phase::RelationNames, statements, cautions: vec![RENAMES.to_owned()], ..Step::default() })
        }
        RelationEdit::Logged => set_logged(relation, site),
        RelationEdit::RowSecurity => {
            let step = Step::new(Phase::Columns, format!("{} ENABLE ROW LEVEL SECURITY;", site.alter()));
            Ok(step.caution_if(true, "hides all rows from other roles until there is a policy"))
        }
        RelationEdit::Comment(text) => {
            let noun = relation.kind.noun().to_uppercase();
            Ok(Step::new(Phase::Columns, format!("COMMENT ON {noun} {} IS {};", site.name(), literal(text)))
                .caution_if(true, PLACEHOLDER))
        }
    }
}

/// A logged table must not reference an unlogged one.
fn set_logged(relation: &Relation, site: &Site<'_>) -> Attempt {
    if !relation.unlogged {
        return Err(LEAVE_OUT.to_owned());
    }
    let catalog = site.catalog();
    let keys = relation.constraints.iter().filter_map(|constraint| constraint.foreign_key.as_ref());
    let others = keys.map(|key| key.referenced_table).filter(|table| *table != relation.oid);
    let unlogged = others.filter_map(|table| catalog.relation(table)).filter(|table| table.unlogged);
    let uses: Vec<Use> = unlogged
        .map(|table| Use {
            kind: UseKind::ForeignKey,
            name: format!("the foreign key to unlogged table {}", quote_qualified(&table.name)),
        })
        .collect();
    let row_type = catalog.row_type_uses(relation.oid);
    let uses: Vec<Use> = uses.into_iter().chain(row_type).collect();
    unless_used(&format!("Set table {} LOGGED", site.name()), &uses)?;
    if relation.kind == RelationKind::PartitionedTable {
        return Err(format!("Make table {} anew as a logged one: PostgreSQL cannot change it.", site.name()));
    }
    let step = Step::new(Phase::Types, format!("{} SET LOGGED;", site.alter()));
    Ok(step.caution_if(site.may_have_rows(), "rewrites the table"))
}

/// What the refused statement that makes a relation begins with instead: `CREATE TABLE public.orders`.
pub fn create_head(edit: &RelationEdit, site: &Site<'_>) -> Option<String> {
    let relation = site.after;
    let noun = match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => "TABLE",
        RelationKind::ForeignTable => "FOREIGN TABLE",
        RelationKind::Domain => "DOMAIN",
        _ => "TYPE",
    };
    let name = match edit {
        RelationEdit::Name => QualifiedName::new(&relation.name.schema, site.names.rename_relation(relation)),
        RelationEdit::Logged => QualifiedName::new(&relation.name.schema, site.names.future_name(relation)),
        _ => return None,
    };
    Some(format!("CREATE {noun} {}", quote_qualified(&name)))
}
