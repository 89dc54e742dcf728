//! What to write in the place of the faulty parts of a refused statement: elements of CREATE TABLE, subcommands of ALTER
//! TABLE. All that should be different in a column or a constraint becomes one element.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::column::must_not_have_heirs;
use super::constraint::{define_key, define_length_check, key_name};
use super::constraint_element::{by_hand, constraint_element, leave_out_constraint};
use super::domains::create_domain;
use super::element::ColumnElement;
use super::index::build_under_another_name;
use super::keep::keep_data;
use super::new_columns::{NewColumns, must_be_own, must_not_be_typed};
use super::relation::create_head;
use super::step::{Attempt, LEAVE_OUT, Site, Step};
use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, Oid, RelationKind};
use crate::rule::{ColumnEdit, ConstraintEdit, Edit, IndexEdit};
use crate::sql::{identifiers, quote};

/// What kind of statement is refused, as far as its elements differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It makes the relation from a list of elements.
    Create,
    /// It makes the table from a query.
    Query,
    /// It changes the relation.
    Alter,
}

/// Everything that should be different in what a refused statement makes.
pub struct Instead<'a> {
    site: Site<'a>,
    form: Form,
    columns: NewColumns<'a>,
    constraints: BTreeMap<Oid, Vec<&'a ConstraintEdit>>,
    /// The constraints over one column each, by that column.
    of_columns: BTreeMap<AttrNumber, Vec<&'a Constraint>>,
    /// What was written for columns, of which several edits may be.
    written: RefCell<BTreeMap<AttrNumber, Attempt>>,
}

impl<'a> Instead<'a> {
    /// With all edits of a relation, the more important ones first.
    pub fn new(edits: impl Iterator<Item = &'a Edit>, form: Form, site: Site<'a>) -> Self {
        let mut of_columns: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for constraint in site.after.constraints.iter().filter(|constraint| !constraint.inherited) {
            if let [number] = constraint.columns.as_slice() {
                of_columns.entry(*number).or_default().push(constraint);
            }
        }
        let (mut columns, mut constraints) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for edit in edits {
            let edit = match edit {
                Edit::OneOf(edits) => edits.first().unwrap_or(edit),
                _ => edit,
            };
            match edit {
                Edit::Column(number, edit) => columns.entry(*number).or_default().push(edit),
                Edit::Constraint(oid, edit) => constraints.entry(*oid).or_default().push(edit),
                _ => {}
            }
        }
        let columns = NewColumns::new(columns, site);
        for check in columns.replaced_checks() {
            constraints.entry(check).or_default().push(&ConstraintEdit::Drop);
        }
        Self { site, form, columns, constraints, of_columns, written: RefCell::default() }
    }

    /// The elements of one edit.
    pub fn write(&self, edit: &Edit) -> Attempt {
        let add = |element: String, noun: &str| match self.form {
            Form::Alter => format!("ADD {noun}{element}"),
            _ => element,
        };
        match edit {
            Edit::Column(number, edit) => {
                if matches!(edit, ColumnEdit::Identity(_)) {
                    self.can_be_identity(*number)?;
                }
                self.columns
                    .failure(*number, edit)
                    .map_or_else(|| self.write_column(*number), |text| Err(text.to_owned()))
            }
            Edit::Constraint(oid, edit) => self.write_constraint(*oid, edit),
            // A query has no such head.
            Edit::Relation(_) if self.form == Form::Query => leave_out(),
            Edit::Relation(edit) => create_head(edit, &self.site).map_or_else(leave_out, |head| Ok(step(head))),
            Edit::AddColumn(new) => must_not_be_typed(&self.site)
                .map(|()| step(add(format!("{} {}", quote(&new.name), new.definition), "COLUMN "))),
            Edit::AddKey(new) => Ok(step(add(define_key(&quote(&key_name(new, &self.site)), new), ""))),
            Edit::AddLengthCheck { column, limit } => {
                Ok(step(add(define_length_check(*column, *limit, &self.site).unwrap_or_default(), "")))
            }
            Edit::OneOf(edits) => edits.first().map_or_else(leave_out, |edit| self.write(edit)),
            Edit::Index(oid, IndexEdit::Name) => {
                let index = self.site.after.indexes.iter().find(|index| index.oid == *oid);
                let statement = index.and_then(|index| build_under_another_name(index, &self.site));
                statement.map_or_else(leave_out, |statement| Ok(step(statement)))
            }
            Edit::KeepUnderAnotherName(_) | Edit::DoTheRest(_) | Edit::Elsewhere(..) => keep_data(edit, &self.site),
            // An index that is not made needs not be dropped.
            Edit::Index(_, IndexEdit::Drop) => Ok(Step::default()),
            _ => leave_out(),
        }
    }

    fn write_constraint(&self, oid: Oid, edit: &ConstraintEdit) -> Attempt {
        let relation = self.site.after;
        let Some(constraint) = relation.constraint(oid) else { return Err(String::new()) };
        if let Some(text) = by_hand(constraint, edit, &self.site) {
            return Err(text);
        }
        // A constraint over one column may be written in the definition of the column, which is then another one, too.
        match constraint.columns.as_slice() {
            [number] if relation.column(*number).is_some() && self.is_added(*number) => self.write_column(*number),
            _ if self.is_dropped(oid) && self.is_made_anew(constraint) => {
                Ok(step(format!("DROP CONSTRAINT {}", quote(&constraint.name))))
            }
            _ => {
                let mut written = Step::default();
                self.add_constraint(constraint, &mut written);
                Ok(written)
            }
        }
    }

    /// Whether a constraint was there before: PostgreSQL makes those over a column anew that gets another type.
    fn is_made_anew(&self, constraint: &Constraint) -> bool {
        self.site.before.is_some_and(|before| before.constraints.iter().any(|old| old.name == constraint.name))
    }

    fn is_added(&self, number: AttrNumber) -> bool {
        self.site.before.is_none_or(|before| before.column(number).is_none())
    }

    /// The element of a column, those of the constraints over it alone, and those of what is generated from it.
    fn write_column(&self, number: AttrNumber) -> Attempt {
        let known = self.written.borrow().get(&number).cloned();
        known.unwrap_or_else(|| {
            let attempt = self.write_new_column(number);
            self.written.borrow_mut().insert(number, attempt.clone());
            attempt
        })
    }

    fn write_new_column(&self, number: AttrNumber) -> Attempt {
        let Some(column) = self.site.after.column(number) else { return Err(String::new()) };
        let mut written = Step::default();
        self.add_column(column, &mut written)?;
        // What is written beside the column can remain, unless it is to be different.
        let has_new_type = self.columns.new_type(number).is_some();
        let is_replaced = |constraint: &&&Constraint| {
            let is_expression = matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Exclusion);
            let is_other = self.constraints.contains_key(&constraint.oid) || self.columns.is_renamed(number);
            constraint.is_inline || is_other || (has_new_type && is_expression)
        };
        for constraint in self.of_columns.get(&number).into_iter().flatten().filter(is_replaced) {
            self.add_constraint(constraint, &mut written);
            if self.has_enum(constraint) && !constraint.is_inline {
                written.push(leave_out_constraint(constraint, &self.site));
            }
        }
        if has_new_type || self.columns.is_renamed(number) {
            self.add_dependents(column, &mut written)?;
        }
        Ok(written)
    }

    /// Whether an enum takes the place of a check.
    fn has_enum(&self, constraint: &Constraint) -> bool {
        self.columns.replaced_checks().any(|check| check == constraint.oid)
    }

    /// What reads a column that changes: generated columns, constraints over several columns, the partition key.
    fn add_dependents(&self, column: &Column, written: &mut Step) -> Result<(), String> {
        let (catalog, relation) = (self.site.catalog(), self.site.after);
        for other in self.columns.generated_from(column) {
            self.add_column(other, written)?;
        }
        let is_over_others = |constraint: &&Constraint| {
            !constraint.inherited
                && constraint.columns != [column.number]
                && self.columns.is_read_by(constraint, column)
        };
        for constraint in relation.constraints.iter().filter(is_over_others) {
            let has_expressions = matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Exclusion);
            if has_expressions || self.columns.is_renamed(column.number) {
                self.add_constraint(constraint, written);
            }
        }
        let mentions = |text: &String| identifiers(text).contains(&column.name);
        if let Some(key) = catalog.family(relation.oid).partition_key.filter(mentions) {
            let plain = catalog.partition_columns(relation.oid);
            let changed = self.columns.adapt(&key, true, |number| !plain.contains(&Some(number)));
            if changed != key {
                written.push(format!("PARTITION BY {changed}"));
            }
        }
        Ok(())
    }

    fn add_column(&self, column: &Column, written: &mut Step) -> Result<(), String> {
        let site = &self.site;
        let edits = self.columns.edits_of(column.number);
        let new_type = self.columns.new_type(column.number);
        for statement in new_type.iter().flat_map(|new| &new.first) {
            written.push(statement.clone());
        }
        let relation = site.after;
        if relation.kind == RelationKind::Domain {
            if let Some(new) = new_type {
                written.push(create_domain(column, new, site)?);
            }
            return Ok(());
        }
        if self.columns.is_renamed(column.number) {
            must_be_own(column, site)?;
        }
        let name = quote(&self.columns.new_name(column));
        if self.form == Form::Query {
            for known in new_type.iter().filter_map(|new| new.caution_of_query(column, site)) {
                written.add_caution(known);
            }
            let value = new_type.map_or_else(|| quote(&column.name), |new| new.output(column, site));
            written.push(format!("{value} AS {name}"));
            return Ok(());
        }
        let generated = column.generated.then(|| site.catalog().column_clauses(relation.oid, column.number));
        let element = ColumnElement {
            column,
            new_type,
            identity: edits.iter().find_map(|edit| match edit {
                ColumnEdit::Identity(clause) if self.can_be_identity(column.number).is_ok() => Some(clause.as_str()),
                _ => None,
            }),
            default: edits.iter().find_map(|edit| match edit {
                ColumnEdit::Default(default) => Some((*default).to_owned()),
                _ => None,
            }),
            not_null: edits.iter().any(|edit| matches!(edit, ColumnEdit::NotNull { .. })),
            has_key: self.has_key(column.number),
            generated: generated.map(|clauses| self.columns.adapt(&clauses, true, |_| true)),
        };
        let cascade = if relation.kind == RelationKind::CompositeType { " CASCADE" } else { "" };
        let noun = if relation.kind == RelationKind::CompositeType { "ATTRIBUTE" } else { "COLUMN" };
        let definition = element.definition(site);
        written.push(match self.form {
            Form::Alter => format!("ADD {noun} {name} {definition}{cascade}"),
            _ => format!("{name} {definition}"),
        });
        if self.columns.is_renamed(column.number) {
            written.add_caution(super::column::RENAMES);
        }
        Ok(())
    }

    /// Fails where an added identity column would not be passed on.
    fn can_be_identity(&self, number: AttrNumber) -> Result<(), String> {
        let Some(column) = self.site.after.column(number).filter(|_| self.form == Form::Alter) else { return Ok(()) };
        let name = quote(&self.columns.new_name(column));
        must_not_have_heirs(&format!("Add column {name} as an identity column"), &self.site)
    }

    /// Whether a column is part of a primary key that remains, which makes it NOT NULL.
    fn has_key(&self, number: AttrNumber) -> bool {
        let key = self.site.after.primary_key();
        key.is_some_and(|key| key.columns.contains(&number) && !self.is_dropped(key.oid))
    }

    fn is_dropped(&self, constraint: Oid) -> bool {
        self.constraints.get(&constraint).is_some_and(|edits| edits.contains(&&ConstraintEdit::Drop))
    }

    fn add_constraint(&self, constraint: &Constraint, written: &mut Step) {
        let is_written_inline_only = constraint.kind == ConstraintKind::NotNull;
        if self.is_dropped(constraint.oid) || is_written_inline_only {
            return;
        }
        let edits = self.constraints.get(&constraint.oid).map_or(&[][..], Vec::as_slice);
        let (definition, chosen) = constraint_element(constraint, edits, &self.columns, &self.site);
        if let Some(chosen) = chosen {
            written.add_caution(&chosen);
        }
        let is_alter = self.form == Form::Alter;
        written.push(if is_alter { format!("ADD {definition}") } else { definition });
    }
}

/// There is nothing to write in the place of what is refused.
fn leave_out() -> Attempt {
    Err(LEAVE_OUT.to_owned())
}

/// A step of one element.
fn step(element: String) -> Step {
    Step { statements: vec![element], ..Step::default() }
}
