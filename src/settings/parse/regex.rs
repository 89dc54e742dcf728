//! How the regular expressions in settings are read.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

/// Reads a regular expression. As in PostgreSQL's own, the dot matches a line break, which a name may hold.
pub fn parse(pattern: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    ParserBuilder::new().dot_matches_new_line(true).build().parse(pattern).map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dot_matches_a_line_break() {
        assert_eq!(parse(".").unwrap(), Hir::dot(regex_syntax::hir::Dot::AnyChar));
        assert!(parse("(").is_err());
    }
}
