//! How the columns of a refused statement should be instead, and what that means for the definitions that mention them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use super::conversion::{NewType, describe};
use super::element::back_to;
use super::enums::new_enum;
use super::step::Site;
use crate::facts::{AttrNumber, Column, Relation};
use crate::rule::ColumnEdit;
use crate::sql::{identifiers, join_lines, quote, replace_identifiers};

/// The columns that should be different.
pub struct NewColumns<'a> {
    site: Site<'a>,
    edits: BTreeMap<AttrNumber, Vec<&'a ColumnEdit>>,
    new_types: BTreeMap<AttrNumber, Result<NewType, String>>,
    by_name: HashMap<&'a str, &'a Column>,
    /// The generated columns, by the names in their expressions.
    generated: OnceCell<HashMap<String, Vec<&'a Column>>>,
    renamed: OnceCell<Relation>,
}

impl<'a> NewColumns<'a> {
    /// With these edits of columns, the more important ones first.
    pub fn new(edits: BTreeMap<AttrNumber, Vec<&'a ColumnEdit>>, site: Site<'a>) -> Self {
        let new_type = |(number, edits): (&AttrNumber, &Vec<&ColumnEdit>)| {
            let column = site.after.column(*number)?;
            let new_type = edits.iter().find_map(|edit| match edit {
                ColumnEdit::Type(wanted) => Some(NewType::of(column, wanted, &site)),
                ColumnEdit::Enum { labels, .. } => Some(Ok(new_enum(column, labels, &site))),
                _ => None,
            });
            Some((*number, new_type?))
        };
        let new_types = edits.iter().filter_map(new_type).collect();
        let columns = edits.keys().filter_map(|number| site.after.column(*number));
        let by_name = columns.map(|column| (column.name.as_str(), column)).collect();
        Self { site, edits, new_types, by_name, generated: OnceCell::new(), renamed: OnceCell::new() }
    }

    /// What should be different in a column.
    pub fn edits_of(&self, number: AttrNumber) -> &[&'a ColumnEdit] {
        self.edits.get(&number).map_or(&[], Vec::as_slice)
    }

    /// The type that a column should have, if another one; or what a person has to do.
    pub fn new_type(&self, number: AttrNumber) -> Result<Option<&NewType>, String> {
        self.new_types.get(&number).map(|new| new.as_ref().map_err(Clone::clone)).transpose()
    }

    /// Whether a column should be of another type.
    pub fn has_new_type(&self, number: AttrNumber) -> bool {
        self.new_types.contains_key(&number)
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
    /// expressions are converted back; `is_immutable` says that it must always give the same. Where that cannot be done,
    /// what a person has to do.
    pub fn adapt(
        &self,
        text: &str,
        is_immutable: bool,
        is_in_expression: impl Fn(AttrNumber) -> bool,
    ) -> Result<String, String> {
        let mut failure = None;
        let adapted = replace_identifiers(text, |name| {
            let column = self.by_name.get(name)?;
            let new_name = self.new_name(column);
            let new_type = self.new_types.get(&column.number).and_then(|new| new.as_ref().ok());
            match new_type.filter(|_| is_in_expression(column.number)) {
                Some(new) => {
                    let value = back_to(&quote(&new_name), column, new, is_immutable, &self.site);
                    if value.is_none() {
                        failure.get_or_insert_with(|| {
                            format!(
                                "Write for {} of the new type, too: {}",
                                quote(&column.name),
                                join_lines(text.trim())
                            )
                        });
                    }
                    value
                }
                None => (new_name != column.name).then(|| quote(&new_name)),
            }
        });
        failure.map_or(Ok(adapted), Err)
    }
}

/// Fails where a column follows one of a type or of a parent, which has to be changed instead.
pub fn must_be_own(column: &Column, site: &Site<'_>) -> Result<(), String> {
    if site.is_typed() {
        return Err(format!("Change the composite type of typed table {}.", site.name()));
    }
    match column.inherited {
        true => Err(format!("Change the table that {} is inherited from.", describe(column, site))),
        false => Ok(()),
    }
}
