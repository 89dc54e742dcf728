//! Whether the names of constraints and indexes fit, now and when their table or columns have other names: those that would
//! not fit any more get other names, too.

use super::step::Site;
use crate::facts::{AttrNumber, Constraint, Index, QualifiedName};
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
        let fit = Fit::of_constraint(constraint, site);
        if is_over(&columns) && fit.is_some_and(|fit| fit.ends(&constraint.name, site)) {
            let new = site.names.rename_constraint(relation, constraint);
            let (alter, old) = (site.alter(), quote(&constraint.name));
            statements.push(format!("{alter} RENAME CONSTRAINT {old} TO {};", quote(&new)));
        }
    }
    let is_own =
        |index: &&Index| !index.inherited && remains(index.oid) && relation.constraint_backed_by(index).is_none();
    for index in relation.indexes.iter().filter(is_own).filter(|index| is_over(&index.key)) {
        if Fit::of_index(index, site).is_some_and(|fit| fit.ends(&index.name, site)) {
            let new = site.names.rename_index(relation, index);
            let old = QualifiedName::new(&relation.name.schema, &index.name);
            statements.push(format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(&new)));
        }
    }
    statements
}

/// What tells whether names of a part fit.
struct Fit<'a> {
    patterns: Vec<&'a NamePattern>,
    columns: Vec<Option<AttrNumber>>,
    ref_table: String,
}

impl<'a> Fit<'a> {
    /// `None` where no rule in force is about such names.
    fn of_constraint(constraint: &Constraint, site: &Site<'a>) -> Option<Self> {
        let pattern = pattern_of(constraint.kind, site.base.settings);
        let pattern = pattern.filter(|_| site.names.is_in_force("misnamed_constraint"))?;
        let ref_table =
            constraint.foreign_key.as_ref().and_then(|key| match key.referenced_table == site.relation.oid {
                true => Some(site.relation.name.name.clone()),
                false => site.catalog().table_name(key.referenced_table).map(|name| name.name),
            });
        let mut columns: Vec<_> = constraint.columns.iter().copied().map(Some).collect();
        if columns.is_empty() {
            columns.push(None);
        }
        Some(Self { patterns: vec![pattern], columns, ref_table: ref_table.unwrap_or_default() })
    }

    /// `None` where no rule in force is about such names.
    fn of_index(index: &Index, site: &Site<'a>) -> Option<Self> {
        Self::of_index_over(index.key.clone(), index.unique, site)
    }

    fn of_index_over(columns: Vec<Option<AttrNumber>>, is_unique: bool, site: &Site<'a>) -> Option<Self> {
        let mut patterns: Vec<&NamePattern> = vec![site.base.option(&INDEX_NAME_PATTERN)];
        patterns.extend(is_unique.then(|| site.base.option(&UNIQUE_NAME_PATTERN)));
        let fit = Self { patterns, columns, ref_table: String::new() };
        site.names.is_in_force("misnamed_index").then_some(fit)
    }

    fn now(&self, name: &str, site: &Site<'_>) -> bool {
        let labels = Labels::now(&self.columns, &self.ref_table, site);
        self.patterns.iter().any(|pattern| labels.fit(name, pattern))
    }

    fn in_future(&self, name: &str, site: &Site<'_>) -> bool {
        let labels = Labels::future(&self.columns, &self.ref_table, site);
        self.patterns.iter().any(|pattern| labels.fit(name, pattern))
    }

    fn ends(&self, name: &str, site: &Site<'_>) -> bool {
        self.now(name, site) && !self.in_future(name, site)
    }
}

/// Whether a new name for a constraint will fit.
pub fn constraint_will_fit(constraint: &Constraint, name: &str, site: &Site<'_>) -> bool {
    Fit::of_constraint(constraint, site).is_none_or(|fit| fit.in_future(name, site))
}

/// Whether a new name for an index will fit.
pub fn index_will_fit(index: &Index, name: &str, site: &Site<'_>) -> bool {
    Fit::of_index(index, site).is_none_or(|fit| fit.in_future(name, site))
}

/// Whether the name of a new index over these columns will fit.
pub fn new_index_will_fit(columns: &[AttrNumber], name: &str, site: &Site<'_>) -> bool {
    let columns = columns.iter().copied().map(Some).collect();
    Fit::of_index_over(columns, false, site).is_none_or(|fit| fit.in_future(name, site))
}
