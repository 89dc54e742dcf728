//! A way through a name along a pattern.

use super::automaton::Automaton;

/// What comes of comparing a name with a pattern.
pub struct Comparison {
    pub fits: bool,
    /// The name, or more than the name, may be how a fitting one begins.
    pub may_begin: bool,
}

impl Comparison {
    /// It neither fits nor begins like one that does.
    pub const NONE: Self = Self { fits: false, may_begin: false };
}

/// A way through a name, piece by piece of a pattern: which places the pieces so far may have reached.
pub struct Walk<'a> {
    name: &'a str,
    reached: Vec<bool>,
    may_begin: bool,
}

impl<'a> Walk<'a> {
    /// At the start of a name.
    pub fn new(name: &'a str) -> Self {
        let mut reached = vec![false; name.len() + 1];
        reached[0] = true;
        Self { name, reached, may_begin: false }
    }

    /// Goes over anything of one character or more.
    pub fn over_anything(&mut self) {
        self.step(|rest, reach| {
            rest.char_indices().for_each(|(at, c)| reach(at + c.len_utf8()));
            true
        });
    }

    /// Goes over a text that stands for itself.
    pub fn over_literal(&mut self, literal: &str) {
        self.step(|rest, reach| {
            if rest.starts_with(literal) {
                reach(literal.len());
            }
            literal.starts_with(rest)
        });
    }

    /// Goes over what a regular expression matches.
    pub fn over_expression(&mut self, automaton: &Automaton) {
        let name = self.name;
        self.step(|rest, reach| {
            let from = name.len() - rest.len();
            automaton.run(name, from, |end| reach(end - from))
        });
    }

    /// From each place reached so far, `piece` tells how far it goes in what is left of the name, and whether that may
    /// be how it begins.
    fn step(&mut self, piece: impl Fn(&str, &mut dyn FnMut(usize)) -> bool) {
        let mut next = vec![false; self.reached.len()];
        for from in (0..self.reached.len()).filter(|from| self.reached[*from]) {
            self.may_begin |= piece(&self.name[from..], &mut |length| next[from + length] = true);
        }
        self.reached = next;
    }

    /// Where the pattern ends.
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
        assert_eq!(walk("_a", steps), (false, true), "anything is one character or more");
        assert_eq!(walk("x_b", steps), (false, true), "more may come before the end");
    }

    #[test]
    fn the_end_of_a_name_may_be_in_the_middle_of_a_text() {
        assert_eq!(walk("ix_ord", |walk| walk.over_literal("ix_orders")), (false, true));
        assert_eq!(walk("ix_old", |walk| walk.over_literal("ix_orders")), (false, false));
        assert_eq!(walk("", |walk| walk.over_literal("x")), (false, true));
    }
}
