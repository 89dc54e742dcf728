//! Tests of what the fixes do and do not propose, edit by edit.

mod columns;
mod constraints;
mod conversions;
mod followers;
mod indexes;
mod instead;
mod instead_of_types;
mod losses;
mod names;
mod plans;
mod relations;
mod settle;
mod time_zones;
mod values;

use super::{Change, Names, Room, Wish, plan};
use crate::facts::Relation;
use crate::rule::{Context, Edit, Fix, FixApplies};
use crate::settings::{Level, Settings};
use crate::testing::{FakeCatalog, settings};

/// A change for whose edits a test wants the fixes, with every rule in force.
struct Case<'a> {
    catalog: FakeCatalog,
    settings: Settings,
    before: Option<&'a Relation>,
    after: &'a Relation,
    applies: FixApplies,
    is_query: bool,
    coming: Vec<Edit>,
}

impl<'a> Case<'a> {
    /// The relation is as it was, and can be changed.
    fn in_place(relation: &'a Relation) -> Self {
        let (catalog, settings, applies) = (FakeCatalog::new(), settings(&[]), FixApplies::InPlace);
        Self {
            catalog,
            settings,
            before: Some(relation),
            after: relation,
            applies,
            is_query: false,
            coming: Vec::new(),
        }
    }

    /// The statement that makes the relation is refused.
    fn refused(after: &'a Relation) -> Self {
        Self { before: None, applies: FixApplies::Instead, ..Self::in_place(after) }
    }

    /// The statement that changes the relation is refused.
    fn refused_change(before: &'a Relation, after: &'a Relation) -> Self {
        Self { before: Some(before), ..Self::refused(after) }
    }

    fn in_catalog(self, catalog: FakeCatalog) -> Self {
        Self { catalog, ..self }
    }

    fn context(&self) -> Context<'_> {
        Context { settings: &self.settings, catalog: &self.catalog }
    }

    /// The fixes of violations of these levels, with their edits.
    fn fixes(&self, wishes: Vec<(Level, Vec<Edit>)>) -> Vec<Fix> {
        let wishes: Vec<Wish> = wishes.into_iter().map(|(level, edits)| Wish { level, edits }).collect();
        let (before, after, applies, is_query) = (self.before, self.after, self.applies, self.is_query);
        let base = self.context();
        plan(
            &wishes,
            Change { base, before, after, applies, is_query, coming: &self.coming },
            &Names::new(base),
            &mut Room::default(),
        )
    }

    /// The fix of a single violation.
    fn fix(&self, edits: Vec<Edit>) -> Fix {
        self.fixes(vec![(Level::Error, edits)]).remove(0)
    }

    /// The fix of a violation for which one thing should be different, as a text.
    fn text(&self, edit: Edit) -> String {
        self.fix(vec![edit]).text()
    }
}
