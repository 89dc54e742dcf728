//! A regular expression as an automaton whose states are built when they are first used: it is cheap to make and runs in
//! linear time.

use std::cell::RefCell;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{NFA, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

/// Finds every place at which a match that begins at a given place ends. The crate `regex` finds only one of them.
#[derive(Debug)]
pub struct Automaton {
    dfa: DFA,
    cache: RefCell<Cache>,
}

impl Automaton {
    /// Compiles an expression. The error says why that is not possible.
    pub fn new(expression: &Hir) -> Result<Self, String> {
        let nfa = NFA::compiler()
            .configure(NFA::config().which_captures(WhichCaptures::None).nfa_size_limit(Some(10 << 20)))
            .build_from_hir(expression)
            .map_err(|error| error.to_string())?;
        let config = DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|error| error.to_string())?;
        let cache = RefCell::new(dfa.create_cache());
        Ok(Self { dfa, cache })
    }

    /// Runs over `text` from byte `from` on and calls `ends` with the end of each match that begins there. Tells whether a
    /// longer text that begins like this one could match, too.
    pub fn run(&self, text: &str, from: usize, mut ends: impl FnMut(usize)) -> bool {
        let cache = &mut *self.cache.borrow_mut();
        let input = Input::new(text).range(from..).anchored(Anchored::Yes);
        let Ok(mut state) = self.dfa.start_state_forward(cache, &input) else { return false };
        for (at, byte) in text.bytes().enumerate().skip(from) {
            // The automaton enters a match state one byte after the end of the match.
            match self.dfa.next_state(cache, state, byte) {
                Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
                _ => return false,
            }
            if state.is_match() {
                ends(at);
            }
        }
        if self.dfa.next_eoi_state(cache, state).is_ok_and(|end| end.is_match()) {
            ends(text.len());
            return true;
        }
        // A match state stands for a match that ended before the last byte. Only a further byte shows whether it can go on.
        !state.is_match()
            || (0..=u8::MAX).any(|byte| self.dfa.next_state(cache, state, byte).is_ok_and(|state| !state.is_dead()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pattern: &str, text: &str, from: usize) -> (Vec<usize>, bool) {
        let mut ends = Vec::new();
        let automaton = Automaton::new(&regex_syntax::parse(pattern).unwrap()).unwrap();
        let goes_on = automaton.run(text, from, |end| ends.push(end));
        (ends, goes_on)
    }

    #[test]
    fn every_end_is_told() {
        assert_eq!(run("a+", "aaab", 1), (vec![2, 3], false));
        assert_eq!(run("a|ab", "ab", 0), (vec![1, 2], true));
        assert_eq!(run("a*", "b", 0), (vec![0], false));
        assert_eq!(run(".+", "xü", 0), (vec![1, 3], true));
        assert_eq!(run("ab?c?", "abx", 0), (vec![1, 2], false));
    }

    #[test]
    fn what_may_go_on_is_told() {
        assert_eq!(run("abc", "ab", 0), (vec![], true));
        assert_eq!(run("abc", "ax", 0), (vec![], false));
    }

    #[test]
    fn anchors_mean_the_whole_text() {
        assert_eq!(run("^a", "xa", 1), (vec![], false));
        assert_eq!(run("a$", "aa", 0).0, Vec::<usize>::new());
        assert_eq!(run("a$", "aa", 1).0, [2]);
    }
}
