//! Comparing a name with a pattern, piece by piece.

use super::automaton::Automaton;

/// The result of comparing a name with a pattern.
pub struct Comparison {
    pub fits: bool,
    /// The name could be the beginning of a longer name that fits.
    pub may_begin: bool,
}

impl Comparison {
    /// The name neither fits nor is the beginning of one that does.
    pub const NONE: Self = Self { fits: false, may_begin: false };
}

/// A walk through a name along the pieces of a pattern. It knows all places in the name at which the pieces so far can
/// have ended.
pub struct Walk<'a> {
    name: &'a str,
    reached: Vec<bool>,
    may_begin: bool,
}

impl<'a> Walk<'a> {
    /// Begins at the start of a name.
    pub fn new(name: &'a str) -> Self {
        let mut reached = vec![false; name.len() + 1];
        reached[0] = true;
        Self { name, reached, may_begin: false }
    }

    /// Walks over any text of one character or more.
    pub fn over_anything(&mut self) {
        self.step(|rest, reach| {
            rest.char_indices().for_each(|(at, c)| reach(at + c.len_utf8()));
            true
        });
    }

    /// Walks over this text.
    pub fn over_literal(&mut self, literal: &str) {
        self.step(|rest, reach| {
            if rest.starts_with(literal) {
                reach(literal.len());
            }
            literal.starts_with(rest)
        });
    }

    /// Walks over what a regular expression matches.
    pub fn over_expression(&mut self, automaton: &Automaton) {
        let name = self.name;
        self.step(|rest, reach| {
            let from = name.len() - rest.len();
            automaton.run(name, from, |end| reach(end - from))
        });
    }

    /// Walks over one piece. `piece` is called with the rest of the name from each place reached so far. It reports the
    /// lengths that the piece can have there, and tells whether the rest could be the beginning of a longer match.
    fn step(&mut self, piece: impl Fn(&str, &mut dyn FnMut(usize)) -> bool) {
        let mut next = vec![false; self.reached.len()];
        for from in (0..self.reached.len()).filter(|from| self.reached[*from]) {
            self.may_begin |= piece(&self.name[from..], &mut |length| next[from + length] = true);
        }
        self.reached = next;
    }

    /// The result at the end of the pattern.
    pub fn end(self) -> Comparison {
        let fits = self.reached[self.name.len()];
        Comparison { fits, may_begin: fits || self.may_begin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(name: &str, steps: impl FnOnce(&mut Walk<'_>)) -> (bool, bool) {
        let mut walk = Walk::new(name);
        steps(&mut walk);
        let end = walk.end();
        (end.fits, end.may_begin)
    }

    #[test]
    fn every_way_is_followed() {
        let steps = |walk: &mut Walk<'_>| {
            walk.over_anything();
            walk.over_literal("_a");
        };
        assert_eq!(walk("ü_a_a", steps), (true, true));
        assert_eq!(walk("_a", steps), (false, true), "any text has one character or more");
        assert_eq!(walk("x_b", steps), (false, true), "more may come before the end");
    }

    #[test]
    fn the_end_of_a_name_may_be_in_the_middle_of_a_text() {
        assert_eq!(walk("ix_ord", |walk| walk.over_literal("ix_orders")), (false, true));
        assert_eq!(walk("ix_old", |walk| walk.over_literal("ix_orders")), (false, false));
        assert_eq!(walk("", |walk| walk.over_literal("x")), (false, true));
    }
}
