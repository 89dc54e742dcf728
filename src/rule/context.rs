//! What a rule's check and its fix may look at besides the facts.

use super::Catalog;
use crate::facts::{AttrNumber, Relation};
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
    /// The columns that have a violation, and so a fix, of their own.
    pub columns_with_fixes: &'a [AttrNumber],
    /// The change is refused: what it has made will not be there when the SQL is run.
    pub refused: bool,
}
