//! The gravest of many violations, so that a report that may not have all of them has those that matter.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Entry;
use crate::rule::Status;
use crate::settings::Level;

/// Keeps something for each of the gravest violations, as far as there is room: open ones before others, then by level, then
/// what is certain, then what came first.
pub struct Gravest<T> {
    room: usize,
    /// What is kept, with how much room each thing takes. What comes last has to go first.
    kept: BTreeMap<(Reverse<Gravity>, usize), (usize, T)>,
    taken: usize,
    added: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gravity {
    is_open: bool,
    level: Level,
    is_certain: bool,
}

impl<T> Gravest<T> {
    /// How much room there is, in whatever unit the sizes are.
    pub fn with_room(room: usize) -> Self {
        Self { room, kept: BTreeMap::new(), taken: 0, added: 0 }
    }

    /// Adds what belongs to a violation.
    pub fn add(&mut self, entry: &Entry, size: usize, item: T) {
        let gravity = Gravity { is_open: entry.status == Status::Open, level: entry.level, is_certain: entry.certain };
        self.kept.insert((Reverse(gravity), self.added), (size, item));
        self.added += 1;
        self.taken += size;
        while self.taken > self.room
            && let Some((_, (size, _))) = self.kept.pop_last()
        {
            self.taken -= size;
        }
    }

    /// How many had no room.
    pub fn left_out(&self) -> usize {
        self.added - self.kept.len()
    }

    /// What is kept, the gravest first.
    pub fn take_by_gravity(&mut self) -> impl Iterator<Item = T> {
        std::mem::take(&mut self.kept).into_values().map(|(_, item)| item)
    }

    /// What is kept, in the order in which it came.
    pub fn take_in_order(&mut self) -> impl Iterator<Item = T> {
        let kept = std::mem::take(&mut self.kept).into_iter();
        kept.map(|((_, number), (_, item))| (number, item)).collect::<BTreeMap<_, _>>().into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::violation;

    fn entry(status: Status, level: Level, certain: bool) -> Entry {
        let entry = Entry::new(&violation("fk_without_index"), status).unwrap();
        Entry { level, certain, ..entry }
    }

    fn with_room(room: usize) -> Gravest<&'static str> {
        let mut gravest = Gravest::with_room(room);
        gravest.add(&entry(Status::Open, Level::Notice, true), 1, "open notice");
        gravest.add(&entry(Status::Frozen, Level::Error, true), 1, "frozen error");
        gravest.add(&entry(Status::Open, Level::Error, false), 1, "guessed error");
        gravest.add(&entry(Status::Open, Level::Error, true), 1, "open error");
        gravest.add(&entry(Status::Open, Level::Error, true), 1, "another error");
        gravest
    }

    #[test]
    fn what_is_grave_stays() {
        let mut gravest = with_room(3);
        assert_eq!(gravest.left_out(), 2);
        let kept: Vec<&str> = gravest.take_by_gravity().collect();
        assert_eq!(kept, ["open error", "another error", "guessed error"]);
    }

    #[test]
    fn it_comes_as_it_came() {
        let kept: Vec<&str> = with_room(4).take_in_order().collect();
        assert_eq!(kept, ["open notice", "guessed error", "open error", "another error"]);
    }

    #[test]
    fn what_is_too_large_is_left_out() {
        let mut gravest = with_room(4);
        gravest.add(&entry(Status::Open, Level::Notice, true), 9, "too large");
        assert_eq!(gravest.left_out(), 2);
        gravest.add(&entry(Status::Open, Level::Error, true), 2, "large");
        assert_eq!(gravest.left_out(), 4);
        assert_eq!(gravest.take_in_order().last(), Some("large"));
    }
}
