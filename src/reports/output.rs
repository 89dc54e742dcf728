//! Where a report goes.

/// Takes the lines of a report.
pub trait Output {
    /// Writes a text, which may have several lines; the last one may or may not have an end. An empty text is an empty line.
    fn write(&mut self, text: &str);

    /// Puts a text aside on one of several piles, where it takes next to no memory.
    fn put_aside(&mut self, pile: usize, text: &str);

    /// Writes what is on a pile, in the order in which it was put there.
    fn write_pile(&mut self, pile: usize);
}

/// An output that keeps everything in memory.
#[cfg(test)]
#[derive(Default)]
pub struct Kept {
    pub text: String,
    piles: std::collections::HashMap<usize, String>,
}

#[cfg(test)]
impl Output for Kept {
    fn write(&mut self, text: &str) {
        self.text.extend([text.strip_suffix('\n').unwrap_or(text), "\n"]);
    }

    fn put_aside(&mut self, pile: usize, text: &str) {
        self.piles.entry(pile).or_default().extend([text.strip_suffix('\n').unwrap_or(text), "\n"]);
    }

    fn write_pile(&mut self, pile: usize) {
        self.text += &self.piles.remove(&pile).unwrap_or_default();
    }
}
