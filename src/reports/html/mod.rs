//! Stub.

use super::{About, Entry, Output, Totals, Writer};

#[derive(Default)]
pub struct Html;

impl Writer for Html {
    fn add(&mut self, _: &Entry, _: &About, _: &mut dyn Output) {}

    fn end(&mut self, _: &Totals, _: &About, _: &mut dyn Output) {}
}
