//! For a browser: one page with everything in it, which loads nothing else.

mod counts;
mod heat_map;
mod page;
mod policy;
mod row;

use askama::Template;

use super::{About, Entry, Output, Totals, Writer};
use crate::rule::Status;
use crate::settings::Level;

#[derive(Default)]
pub struct Html;

impl Writer for Html {
    fn add(&mut self, entry: &Entry, _: &About, output: &mut dyn Output) {
        output.put_aside(pile(entry.status, entry.level), &render(&row::Row::new(entry)));
    }

    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output) {
        output.write(&render(&page::Head::new(totals, about)));
        for status in Status::ALL {
            for level in Level::ALL.iter().rev() {
                output.write_pile(pile(*status, *level));
            }
        }
        output.write(&render(&page::Foot::new(totals, about)));
    }
}

/// The rows of a status and a level stand together, what is to be fixed and the gravest first.
fn pile(status: Status, level: Level) -> usize {
    status as usize * Level::ALL.len() + level as usize
}

/// A template writes to a string, which cannot fail.
fn render(template: &impl Template) -> String {
    let mut text = String::new();
    let _ = template.render_into(&mut text);
    text
}

/// A number with a comma before each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
