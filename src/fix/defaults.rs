//! The default of a column that gets another type.

use super::conversion::NewType;
use super::step::Site;
use crate::facts::Column;
use crate::rule::Conversion;

/// The defaults that give the current time, whatever the type of their column.
const NOW: [&str; 6] = [
    "now()",
    "CURRENT_TIMESTAMP",
    "LOCALTIMESTAMP",
    "(now())::timestamp without time zone",
    "(CURRENT_TIMESTAMP)::timestamp without time zone",
    "('now'::text)::timestamp without time zone",
];

/// The default that a column needs with its new type; `None` where it has none, or PostgreSQL converts it by itself.
pub fn convert_default(column: &Column, new: &NewType, site: &Site<'_>) -> Option<String> {
    if column.generated {
        return None;
    }
    if column.identity {
        return match new.conversion {
            Conversion::New(value) => Some(value.to_owned()),
            _ => None,
        };
    }
    let old = site.catalog().column_default(site.relation.oid, column.number)?;
    convert_expression(&old, new)
}

/// The default `old` for the new type; `None` where PostgreSQL converts it by itself.
fn convert_expression(old: &str, new: &NewType) -> Option<String> {
    Some(match new.conversion {
        Conversion::Widen | Conversion::Shorten | Conversion::AsReferenced => return None,
        Conversion::AsUtc if matches!(old, "now()" | "CURRENT_TIMESTAMP") => return None,
        Conversion::AsUtc if NOW.contains(&old) => "now()".to_owned(),
        Conversion::AsUtc => format!("(({old}) AT TIME ZONE 'UTC')"),
        Conversion::Today => format!("CURRENT_DATE + ({old})"),
        Conversion::New(value) => value.to_owned(),
        Conversion::Cast | Conversion::CastText | Conversion::Impossible => match find_string_constant(old) {
            Some(constant) => format!("{constant}::{}", new.sql),
            None if new.conversion == Conversion::Cast => format!("({old})::{}", new.sql),
            None => format!("({old})::text::{}", new.sql),
        },
    })
}

/// The string constant with its quotes, if a default is nothing but such a constant and its type.
fn find_string_constant(default: &str) -> Option<&str> {
    let inner = default.strip_prefix('\'')?;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // A doubled quote is part of the string.
        if c == '\'' && chars.next_if(|(_, next)| *next == '\'').is_none() {
            let (constant, rest) = default.split_at(at + 2);
            let is_type =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '(' | ')' | '"' | '.' | '[' | ']');
            return rest.strip_prefix("::")?.chars().all(is_type).then_some(constant);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(old: &str, sql: &str, conversion: Conversion) -> Option<String> {
        convert_expression(old, &NewType { sql: sql.to_owned(), conversion, first: Vec::new(), collation: None })
    }

    #[test]
    fn a_default_is_converted() {
        let to_enum = |old| convert(old, "e", Conversion::CastText).unwrap();
        assert_eq!(to_enum("'it''s'::character varying(9)"), "'it''s'::e");
        assert_eq!(to_enum("lower('A'::text)"), "(lower('A'::text))::text::e");
        assert_eq!(to_enum("('a'::text || 'b'::text)"), "(('a'::text || 'b'::text))::text::e");
        assert_eq!(to_enum("'a'::text || 'b'::text"), "('a'::text || 'b'::text)::text::e");
    }

    #[test]
    fn a_default_of_time_is_read_as_the_values_are() {
        let with_zone = |old| convert(old, "timestamptz", Conversion::AsUtc);
        assert_eq!(with_zone("now()"), None, "PostgreSQL keeps it");
        assert_eq!(with_zone("(now())::timestamp without time zone").as_deref(), Some("now()"));
        let in_utc = "timezone('utc'::text, now())";
        assert_eq!(with_zone(in_utc), Some(format!("(({in_utc}) AT TIME ZONE 'UTC')")));
        assert_eq!(convert("CURRENT_TIME", "timestamptz", Conversion::Today).unwrap(), "CURRENT_DATE + (CURRENT_TIME)");
    }
}
