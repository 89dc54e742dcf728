//! For programs: one object of JSON a line. docs/reports.md describes its fields.

use super::{About, Entry, Output, Totals, Writer};

pub struct Json;

impl Writer for Json {
    fn add(&mut self, entry: &Entry, _: &About, output: &mut dyn Output) {
        output.write(&serde_json::to_string(entry).expect("texts can be written as JSON"));
    }

    fn end(&mut self, _: &Totals, _: &About, _: &mut dyn Output) {}
}
