//! The default of a column that gets another type.

use super::conversion::{NewType, describe};
use super::step::Site;
use crate::facts::{Column, DefaultTime};
use crate::rule::Conversion;
use crate::sql::join_lines;

/// The defaults that give the current time, whatever the type of their column.
const NOW: [&str; 6] = [
    "now()",
    "CURRENT_TIMESTAMP",
    "LOCALTIMESTAMP",
    "(now())::timestamp without time zone",
    "(CURRENT_TIMESTAMP)::timestamp without time zone",
    "('now'::text)::timestamp without time zone",
];

/// What becomes of a default where its column gets another type.
#[derive(Debug, PartialEq)]
pub enum NewDefault {
    /// PostgreSQL converts it by itself, if need be.
    Kept,
    /// This is to be written in its place.
    Other(String),
    /// Only people can tell.
    ByHand,
}

/// The default that a column needs with its new type; `None` where it has none, or PostgreSQL converts it by itself. Fails
/// where nobody can tell.
pub fn convert_default(column: &Column, new: &NewType, site: &Site<'_>) -> Result<Option<String>, String> {
    if column.generated {
        return Ok(None);
    }
    if column.identity {
        return Ok(match new.conversion {
            Conversion::New(value) => Some(value.to_owned()),
            _ => None,
        });
    }
    let (catalog, table) = (site.catalog(), site.relation.oid);
    let Some(old) = catalog.column_default(table, column.number) else { return Ok(None) };
    let time = match new.conversion {
        Conversion::AsUtc | Conversion::Today => catalog.default_time(table, column.number),
        _ => DefaultTime::Unknown,
    };
    match convert_expression(&old, new, time) {
        NewDefault::Kept => Ok(None),
        NewDefault::Other(default) => Ok(Some(default)),
        NewDefault::ByHand => {
            let (described, old) = (describe(column, site), join_lines(&old));
            Err(format!("Change {described} to {}, and write its default for that type: {old}", new.sql))
        }
    }
}

/// Fails where the default that a column gets would go to partitions or children that have another one, or where theirs
/// would have to be converted in another way.
pub fn must_not_differ_below(change: &str, column: &Column, new: &NewType, site: &Site<'_>) -> Result<(), String> {
    let converts_itself = matches!(new.conversion, Conversion::Widen | Conversion::Shorten | Conversion::AsReferenced)
        || column.generated;
    if converts_itself { Ok(()) } else { must_have_same_default(change, column, site) }
}

/// Fails where partitions or children have a default of their own, which a change of the column's default overwrites.
pub fn must_have_same_default(change: &str, column: &Column, site: &Site<'_>) -> Result<(), String> {
    match site.catalog().heirs_have_other_default(site.relation.oid, column.number) {
        true => Err(format!("{change}. Its partitions or children have other defaults, which would be overwritten.")),
        false => Ok(()),
    }
}

/// The default `old`, which gives such a time, for the new type.
pub fn convert_expression(old: &str, new: &NewType, time: DefaultTime) -> NewDefault {
    NewDefault::Other(match new.conversion {
        Conversion::Widen | Conversion::Shorten | Conversion::AsReferenced => return NewDefault::Kept,
        Conversion::AsUtc => return convert_time(old, time),
        Conversion::Today => match time {
            DefaultTime::TimeOfDay => format!("CURRENT_DATE + ({old})"),
            DefaultTime::Moment => return NewDefault::Kept,
            _ => return NewDefault::ByHand,
        },
        Conversion::New(value) => value.to_owned(),
        Conversion::Cast if old.parse::<f64>().is_ok() => return NewDefault::Kept,
        Conversion::Cast | Conversion::CastText | Conversion::Impossible => match find_string_constant(old) {
            Some(constant) => format!("{constant}::{}", new.sql),
            None if new.conversion == Conversion::Cast => format!("({old})::{}", new.sql),
            None => format!("({old})::text::{}", new.sql),
        },
    })
}

/// The default of a timestamp for a moment.
fn convert_time(old: &str, time: DefaultTime) -> NewDefault {
    if let Some(digits) = old.strip_prefix("LOCALTIMESTAMP(") {
        return NewDefault::Other(format!("CURRENT_TIMESTAMP({digits}"));
    }
    match time {
        _ if matches!(old, "now()" | "CURRENT_TIMESTAMP") => NewDefault::Kept,
        _ if NOW.contains(&old) => NewDefault::Other("now()".to_owned()),
        DefaultTime::Moment => NewDefault::Kept,
        DefaultTime::Date => NewDefault::Other(format!("(({old})::timestamp AT TIME ZONE 'UTC')")),
        DefaultTime::Fixed => NewDefault::Other(format!("(({old}) AT TIME ZONE 'UTC')")),
        DefaultTime::TimeOfDay | DefaultTime::Unknown => NewDefault::ByHand,
    }
}

/// The string constant with its quotes, if a default is nothing but such a constant and its type. An amount of money is
/// written in a way that only its type can read.
fn find_string_constant(default: &str) -> Option<&str> {
    let inner = default.strip_prefix('\'')?;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // A doubled quote is part of the string.
        if c == '\'' && chars.next_if(|(_, next)| *next == '\'').is_none() {
            let (constant, rest) = default.split_at(at + 2);
            let is_type =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '(' | ')' | '"' | '.' | '[' | ']');
            let data_type = rest.strip_prefix("::").filter(|data_type| !data_type.starts_with("money"))?;
            return data_type.chars().all(is_type).then_some(constant);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(old: &str, sql: &str, conversion: Conversion, time: DefaultTime) -> NewDefault {
        let new = NewType { sql: sql.to_owned(), conversion, first: Vec::new(), collation: None };
        convert_expression(old, &new, time)
    }

    fn other(default: &str) -> NewDefault {
        NewDefault::Other(default.to_owned())
    }

    #[test]
    fn a_default_is_converted() {
        let to_enum = |old| convert(old, "e", Conversion::CastText, DefaultTime::Unknown);
        assert_eq!(to_enum("'it''s'::character varying(9)"), other("'it''s'::e"));
        assert_eq!(to_enum("lower('A'::text)"), other("(lower('A'::text))::text::e"));
        assert_eq!(to_enum("('a'::text || 'b'::text)"), other("(('a'::text || 'b'::text))::text::e"));
        assert_eq!(to_enum("'a'::text || 'b'::text"), other("('a'::text || 'b'::text)::text::e"));
    }

    #[test]
    fn an_amount_of_money_is_read_as_money() {
        let to_numeric = |old| convert(old, "numeric", Conversion::Cast, DefaultTime::Unknown);
        assert_eq!(to_numeric("'$0.00'::money"), other("('$0.00'::money)::numeric"));
        assert_eq!(to_numeric("'{$0.00}'::money[]"), other("('{$0.00}'::money[])::numeric"));
        assert_eq!(to_numeric("3"), NewDefault::Kept);
    }

    #[test]
    fn a_default_of_time_is_read_as_the_values_are() {
        let with_zone = |old, time| convert(old, "timestamptz", Conversion::AsUtc, time);
        assert_eq!(with_zone("now()", DefaultTime::Moment), NewDefault::Kept);
        assert_eq!(with_zone("(now())::timestamp without time zone", DefaultTime::Unknown), other("now()"));
        let in_utc = "timezone('utc'::text, now())";
        assert_eq!(with_zone(in_utc, DefaultTime::Fixed), other(&format!("(({in_utc}) AT TIME ZONE 'UTC')")));
        for moment in ["clock_timestamp()", "CURRENT_TIMESTAMP(0)", "(now() + '1 day'::interval)"] {
            assert_eq!(with_zone(moment, DefaultTime::Moment), NewDefault::Kept, "{moment}");
        }
        assert_eq!(with_zone("LOCALTIMESTAMP(3)", DefaultTime::Unknown), other("CURRENT_TIMESTAMP(3)"));
        let of_today = other("((CURRENT_DATE)::timestamp AT TIME ZONE 'UTC')");
        assert_eq!(with_zone("CURRENT_DATE", DefaultTime::Date), of_today);
        assert_eq!(with_zone("moment()", DefaultTime::Unknown), NewDefault::ByHand);
    }

    #[test]
    fn a_time_of_day_becomes_one_of_today() {
        let of_today = |old, time| convert(old, "timestamptz", Conversion::Today, time);
        assert_eq!(of_today("CURRENT_TIME", DefaultTime::TimeOfDay), other("CURRENT_DATE + (CURRENT_TIME)"));
        assert_eq!(of_today("now()", DefaultTime::Moment), NewDefault::Kept);
    }
}
