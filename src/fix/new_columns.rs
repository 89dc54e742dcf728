//! How the columns of a refused statement should be instead, and what that means for the definitions that mention them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::conversion::{NewType, describe};
use super::defaults::convert_default;
use super::element::back_to;
use super::enums::new_enum;
use super::settle;
use super::step::Site;
use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, Oid, Relation};
use crate::rule::ColumnEdit;
use crate::sql::{identifiers, quote, replace_identifiers};

/// The columns that should be different.
pub struct NewColumns<'a> {
    site: Site<'a>,
    edits: BTreeMap<AttrNumber, Vec<&'a ColumnEdit>>,
    /// The types that columns should have and can have.
    chosen: BTreeMap<AttrNumber, Chosen>,
    failures: Vec<Failure<'a>>,
    by_name: HashMap<&'a str, &'a Column>,
    /// The generated columns, by the names in their expressions.
    generated: OnceCell<HashMap<String, Vec<&'a Column>>>,
    renamed: OnceCell<Relation>,
    exclusions: OnceCell<HashMap<Oid, HashSet<String>>>,
}

/// The type that a column gets.
struct Chosen {
    /// The position of its edit among those of the column.
    at: usize,
    new: NewType,
}

/// A type that a column cannot have.
struct Failure<'a> {
    number: AttrNumber,
    edit: &'a ColumnEdit,
    /// What a person has to do.
    text: String,
}

impl<'a> NewColumns<'a> {
    /// With these edits of columns, the more important ones first. Of several types for a column it gets the first that
    /// it can have.
    pub fn new(edits: BTreeMap<AttrNumber, Vec<&'a ColumnEdit>>, site: Site<'a>) -> Self {
        let columns = edits.keys().filter_map(|number| site.after.column(*number));
        let by_name = columns.map(|column| (column.name.as_str(), column)).collect();
        let mut new = Self {
            site,
            edits,
            chosen: BTreeMap::new(),
            failures: Vec::new(),
            by_name,
            generated: OnceCell::new(),
            renamed: OnceCell::new(),
            exclusions: OnceCell::new(),
        };
        for number in new.edits.keys().copied().collect::<Vec<_>>() {
            new.choose(number, 0);
        }
        loop {
            let hindered = settle::find_hindered(&new, &site);
            if hindered.is_empty() {
                return new;
            }
            for (number, text) in hindered {
                new.reject(number, text);
            }
        }
    }

    /// Chooses the type of a column, from the edits that begin at this position.
    fn choose(&mut self, number: AttrNumber, start: usize) {
        let Some(column) = self.site.after.column(number) else { return };
        let edits = self.edits.get(&number).cloned().unwrap_or_default();
        for (at, edit) in edits.into_iter().enumerate().skip(start) {
            let new = match edit {
                ColumnEdit::Type(wanted) => NewType::of(column, wanted, &self.site),
                ColumnEdit::Enum { labels, .. } => new_enum(column, labels, &self.site),
                _ => continue,
            };
            let is_writable = |new: &NewType| {
                must_be_own(column, &self.site)?;
                convert_default(column, new, &self.site)
            };
            match new.and_then(|new| is_writable(&new).map(|_| new)) {
                Ok(new) => {
                    self.chosen.insert(number, Chosen { at, new });
                    return;
                }
                Err(text) => self.failures.push(Failure { number, edit, text }),
            }
        }
    }

    /// Gives up the type that was chosen for a column, and chooses the next.
    fn reject(&mut self, number: AttrNumber, text: String) {
        let Some(Chosen { at, .. }) = self.chosen.remove(&number) else { return };
        self.failures.push(Failure { number, edit: self.edits[&number][at], text });
        self.choose(number, at + 1);
    }

    /// What a person has to do about an edit of a column's type, where the column cannot have the type.
    pub fn failure(&self, number: AttrNumber, edit: &ColumnEdit) -> Option<&str> {
        let failure = self.failures.iter().find(|failure| failure.number == number && failure.edit == edit)?;
        Some(&failure.text)
    }

    /// What should be different in a column.
    pub fn edits_of(&self, number: AttrNumber) -> &[&'a ColumnEdit] {
        self.edits.get(&number).map_or(&[], Vec::as_slice)
    }

    /// The type that a column should have, if another one.
    pub fn new_type(&self, number: AttrNumber) -> Option<&NewType> {
        self.chosen.get(&number).map(|chosen| &chosen.new)
    }

    /// The columns that should have other types.
    pub fn with_new_types(&self) -> impl Iterator<Item = (&'a Column, &NewType)> {
        let column = |number: &AttrNumber| self.site.after.column(*number);
        self.chosen.iter().filter_map(move |(number, chosen)| Some((column(number)?, &chosen.new)))
    }

    /// The checks in whose place there are enums.
    pub fn replaced_checks(&self) -> impl Iterator<Item = Oid> {
        self.chosen.iter().filter_map(|(number, chosen)| match self.edits[number][chosen.at] {
            ColumnEdit::Enum { check, .. } => Some(*check),
            _ => None,
        })
    }

    /// Whether a column should have another name.
    pub fn is_renamed(&self, number: AttrNumber) -> bool {
        self.edits_of(number).contains(&&ColumnEdit::Name)
    }

    /// The name that a column should have.
    pub fn new_name(&self, column: &Column) -> String {
        match self.is_renamed(column.number) {
            true => self.site.names.rename_column(self.site.after, column),
            false => column.name.clone(),
        }
    }

    /// The relation with the names that it and its columns should have.
    pub fn renamed_relation(&self) -> &Relation {
        self.renamed.get_or_init(|| {
            let mut relation = self.site.after.clone();
            relation.name.name = self.site.names.future_name(&relation);
            for column in &mut relation.columns {
                column.name = self.new_name(column);
            }
            relation
        })
    }

    /// The other columns that are generated from a column.
    pub fn generated_from(&self, column: &Column) -> impl Iterator<Item = &'a Column> {
        let generated = self.generated.get_or_init(|| self.find_generated());
        let readers = generated.get(&column.name).into_iter().flatten().copied();
        readers.filter(|reader| reader.number != column.number)
    }

    fn find_generated(&self) -> HashMap<String, Vec<&'a Column>> {
        let (catalog, relation) = (self.site.catalog(), self.site.after);
        let mut generated = HashMap::<_, Vec<_>>::new();
        for column in relation.columns.iter().filter(|column| column.generated) {
            catalog.check_for_interrupts();
            for name in identifiers(&catalog.column_clauses(relation.oid, column.number)) {
                generated.entry(name).or_default().push(column);
            }
        }
        generated
    }

    /// An expression or a definition with the new names of columns. Those columns of another type that it reads in
    /// expressions are converted back; `is_immutable` says that it must always give the same.
    pub fn adapt(&self, text: &str, is_immutable: bool, is_in_expression: impl Fn(AttrNumber) -> bool) -> String {
        replace_identifiers(text, |name| {
            let column = self.by_name.get(name)?;
            let new_name = self.new_name(column);
            let new_type = self.new_type(column.number).filter(|_| is_in_expression(column.number));
            let converted = new_type.and_then(|new| back_to(&quote(&new_name), column, new, is_immutable, &self.site));
            converted.or_else(|| (new_name != column.name).then(|| quote(&new_name)))
        })
    }

    /// The columns of another type that such a text reads in an expression and that cannot be converted back.
    pub fn unreadable(
        &self,
        text: &str,
        is_immutable: bool,
        is_in_expression: impl Fn(AttrNumber) -> bool,
    ) -> Vec<AttrNumber> {
        let named = identifiers(text).into_iter().filter_map(|name| self.by_name.get(name.as_str()).copied());
        let is_unreadable = |column: &&Column| {
            let new = self.new_type(column.number).filter(|_| is_in_expression(column.number));
            new.is_some_and(|new| back_to(&quote(&column.name), column, new, is_immutable, &self.site).is_none())
        };
        named.filter(is_unreadable).map(|column| column.number).collect()
    }

    /// Whether a constraint is about a column, also if it reads it in an expression of an exclusion only.
    pub fn is_read_by(&self, constraint: &Constraint, column: &Column) -> bool {
        constraint.columns.contains(&column.number)
            || (constraint.kind == ConstraintKind::Exclusion
                && self.exclusions().get(&constraint.oid).is_some_and(|names| names.contains(&column.name)))
    }

    /// The names in the definitions of the exclusion constraints.
    fn exclusions(&self) -> &HashMap<Oid, HashSet<String>> {
        self.exclusions.get_or_init(|| {
            let (catalog, relation) = (self.site.catalog(), self.site.after);
            let names = |constraint: &Constraint| {
                catalog.check_for_interrupts();
                (constraint.oid, identifiers(&catalog.constraint_definition(constraint.oid)))
            };
            let is_exclusion = |constraint: &&Constraint| constraint.kind == ConstraintKind::Exclusion;
            relation.constraints.iter().filter(is_exclusion).map(names).collect()
        })
    }
}

/// Fails where a column follows one of a type or of a parent, which has to be changed instead.
pub fn must_be_own(column: &Column, site: &Site<'_>) -> Result<(), String> {
    must_not_be_typed(site)?;
    match column.inherited {
        true => Err(format!("Change the table that {} is inherited from.", describe(column, site))),
        false => Ok(()),
    }
}

/// Fails where the columns of a table are those of its type.
pub fn must_not_be_typed(site: &Site<'_>) -> Result<(), String> {
    match site.is_typed() {
        true => Err(format!("Change the composite type of typed table {}.", site.name())),
        false => Ok(()),
    }
}
