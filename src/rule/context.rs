//! What a rule may look at besides the facts.

use super::Catalog;
use crate::settings::{Settings, TextOption};

/// What a check or a fix may look at besides the facts.
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
