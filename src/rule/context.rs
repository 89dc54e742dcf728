//! What a rule's check and its fix may look at besides the facts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Catalog;
use crate::facts::{AttrNumber, Oid, Relation};
use crate::settings::{Settings, TextOption};

/// What a check may look at besides the facts.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub settings: &'a Settings,
    /// The catalogs at the moment of the facts.
    pub catalog: &'a dyn Catalog,
}

impl<'a> Context<'a> {
    /// The value of an option.
    pub fn option<T: 'static>(&self, option: &TextOption<T>) -> &'a T {
        self.settings.option(option)
    }
}

/// What the SQL that fixes a violation is made from.
#[derive(Clone, Copy)]
pub struct FixContext<'a> {
    /// What the check of the same violation could look at.
    pub base: Context<'a>,
    pub relation: &'a Relation,
    /// The relation before the change, if it was there.
    pub before: Option<&'a Relation>,
    /// The columns that the change has added to a relation that existed before, in the order of the relation.
    pub added_columns: &'a [AttrNumber],
    /// The columns that have a violation, and so a fix, of their own; in order.
    pub columns_with_fixes: &'a [AttrNumber],
    /// The names that the fixes of this relation choose.
    pub chosen_names: &'a ChosenNames,
    /// The change is refused: what it has made will not be there when the SQL is run.
    pub refused: bool,
}

/// The names that fixes choose for the constraints or indexes of one relation. They are chosen together when the first fix
/// asks, so that no two of them are the same.
#[derive(Default)]
pub struct ChosenNames(RefCell<BTreeMap<&'static str, Rc<BTreeMap<Oid, String>>>>);

impl ChosenNames {
    /// The names that `choose` gives, by the oids of what gets them. `purpose` tells them from other names for the same
    /// objects.
    pub fn get(
        &self,
        purpose: &'static str,
        choose: impl FnOnce() -> BTreeMap<Oid, String>,
    ) -> Rc<BTreeMap<Oid, String>> {
        let known = self.0.borrow().get(purpose).cloned();
        known.unwrap_or_else(|| {
            let names = Rc::new(choose());
            self.0.borrow_mut().insert(purpose, names.clone());
            names
        })
    }
}
