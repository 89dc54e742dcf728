//! The constraints and indexes that must get other names along with their table or a column, because their names would not
//! fit any more.

use super::step::Site;
use crate::facts::{AttrNumber, Constraint, Index, QualifiedName, Relation};
use crate::settings::name_pattern::{NamePattern, Placeholders};
use crate::settings::name_patterns::{INDEX_NAME_PATTERN, UNIQUE_NAME_PATTERN, pattern_of};
use crate::sql::{quote, quote_qualified};

/// The names that the placeholders of a pattern stand for.
struct Labels {
    table: String,
    columns: Vec<Option<String>>,
    ref_table: String,
}

impl Labels {
    /// As they are.
    fn now(columns: &[Option<AttrNumber>], ref_table: &str, site: &Site<'_>) -> Self {
        let relation = site.relation;
        let name = |number: &Option<AttrNumber>| relation.column((*number)?).map(|column| column.name.clone());
        let columns = columns.iter().map(name).collect();
        Self { table: relation.name.name.clone(), columns, ref_table: ref_table.to_owned() }
    }

    /// As they will be.
    fn future(columns: &[Option<AttrNumber>], ref_table: &str, site: &Site<'_>) -> Self {
        let (relation, names) = (site.relation, site.names);
        let name = |number: &Option<AttrNumber>| {
            relation.column((*number)?).map(|column| names.future_column(relation, column))
        };
        let columns = columns.iter().map(name).collect();
        Self { table: names.future_name(relation), columns, ref_table: ref_table.to_owned() }
    }

    fn fit(&self, name: &str, pattern: &NamePattern) -> bool {
        let placeholders = Placeholders { table: &self.table, columns: &self.columns, ref_table: &self.ref_table };
        pattern.fits(name, &placeholders)
    }
}

/// The statements that rename what is over a column, or all parts of the relation where there is none.
pub fn rename_followers(column: Option<AttrNumber>, site: &Site<'_>) -> Vec<String> {
    let relation = site.relation;
    let is_over = |columns: &[Option<AttrNumber>]| column.is_none_or(|number| columns.contains(&Some(number)));
    let mut statements = Vec::new();
    let remains = |part| !site.names.is_dropped(relation, part);
    let is_own = |constraint: &&Constraint| !constraint.inherited && remains(constraint.oid);
    for constraint in relation.constraints.iter().filter(is_own) {
        let columns: Vec<_> = constraint.columns.iter().copied().map(Some).collect();
        if is_over(&columns) && stops_fitting(constraint, &columns, site) {
            let new = site.names.rename_constraint(relation, constraint);
            let (alter, old) = (site.alter(), quote(&constraint.name));
            statements.push(format!("{alter} RENAME CONSTRAINT {old} TO {};", quote(&new)));
        }
    }
    let is_own =
        |index: &&Index| !index.inherited && remains(index.oid) && relation.constraint_backed_by(index).is_none();
    for index in relation.indexes.iter().filter(is_own).filter(|index| is_over(&index.key)) {
        if index_stops_fitting(index, site) {
            let new = site.names.rename_index(relation, index);
            let old = QualifiedName::new(&relation.name.schema, &index.name);
            statements.push(format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(&new)));
        }
    }
    statements
}

fn stops_fitting(constraint: &Constraint, columns: &[Option<AttrNumber>], site: &Site<'_>) -> bool {
    let pattern =
        pattern_of(constraint.kind, site.base.settings).filter(|_| site.names.is_in_force("misnamed_constraint"));
    let Some(pattern) = pattern else { return false };
    let key = constraint.foreign_key.as_ref();
    let name_of = |relation: &Relation| relation.name.name.clone();
    let ref_table = key.and_then(|key| match key.referenced_table == site.relation.oid {
        true => Some(name_of(site.relation)),
        false => site.catalog().table_name(key.referenced_table).map(|name| name.name),
    });
    let (ref_table, name) = (ref_table.unwrap_or_default(), &constraint.name);
    let columns = if columns.is_empty() { &[None][..] } else { columns };
    Labels::now(columns, &ref_table, site).fit(name, pattern)
        && !Labels::future(columns, &ref_table, site).fit(name, pattern)
}

fn index_stops_fitting(index: &Index, site: &Site<'_>) -> bool {
    let fits = |labels: &Labels| {
        labels.fit(&index.name, site.base.option(&INDEX_NAME_PATTERN))
            || (index.unique && labels.fit(&index.name, site.base.option(&UNIQUE_NAME_PATTERN)))
    };
    site.names.is_in_force("misnamed_index")
        && fits(&Labels::now(&index.key, "", site))
        && !fits(&Labels::future(&index.key, "", site))
}
