//! How many violations are open by rule and schema, as a map that is drawn.

use super::super::Totals;
use super::counts::Counts;
use super::grouped;
use crate::sql::on_one_line;

/// More of a schema's name is only told when one points at it.
const MAX_LABEL: usize = 20;
/// Columns that together are wider than this have slanted labels.
const MAX_WIDTH: usize = 640;

// In pixels. Names are in a monospaced font of 12 pixels, in which a character is 7.2 wide.
const CHARACTER: usize = 8;
const GAP: usize = 2;
const ROW: usize = 26;
const NARROW: usize = 40;
const SUM: usize = 56;

/// The map as its template draws it.
pub struct HeatMap {
    pub width: usize,
    pub height: usize,
    /// The line on which the labels of the columns stand.
    pub top: usize,
    pub is_slanted: bool,
    pub cell_width: usize,
    /// Where the sums end.
    pub sums: usize,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

pub struct Column {
    pub x: usize,
    pub label: String,
    pub name: String,
}

pub struct Row {
    pub rule: &'static str,
    pub level: &'static str,
    pub y: usize,
    pub cells: Vec<Cell>,
    pub sum: String,
}

pub struct Cell {
    pub x: usize,
    pub count: usize,
    pub label: String,
    /// From 1 to 5.
    pub heat: usize,
    pub title: String,
    /// What shows these violations in the table.
    pub query: Option<String>,
}

impl HeatMap {
    /// `None` if nothing is open.
    pub fn new(totals: &Totals) -> Option<Self> {
        let counts = Counts::new(totals);
        let hottest = counts.by_place.values().copied().max()?;
        let names: Vec<String> = counts.columns();
        let labels: Vec<String> = names.iter().map(|name| shorten(name)).collect();
        let longest = labels.iter().map(|label| width_of(label)).max().unwrap_or_default();
        let wide = (longest + 2 * CHARACTER).max(NARROW);
        let is_slanted = wide * names.len() > MAX_WIDTH;
        let cell_width = if is_slanted { NARROW } else { wide };
        // At an angle of 40 degrees a label is about two thirds as high as it is long, and three quarters as wide.
        let top = if is_slanted { longest * 2 / 3 + 14 } else { 16 };
        let overhang = if is_slanted { (longest * 3 / 4 + CHARACTER).saturating_sub(NARROW / 2) } else { 0 };
        let rules = 16 + counts.rules.iter().map(|rule| rule.id.len() * CHARACTER).max().unwrap_or_default();
        let (sums, left) = (rules + SUM - CHARACTER, rules + SUM + CHARACTER);
        let x = |column: usize| left + column * (cell_width + GAP);
        let rows = (0..).zip(&counts.rules).map(|(at, rule)| {
            let cell = |(column, name): (usize, &String)| cell(&counts, rule.id, column, name, x(column), hottest);
            let (y, cells) = (top + 8 + at * (ROW + GAP), names.iter().enumerate().map(cell).collect());
            Row { rule: rule.id, level: rule.level.word(), y, cells, sum: short(rule.count) }
        });
        let rows = rows.collect();
        let (width, height) = (x(names.len()) + overhang, top + 8 + counts.rules.len() * (ROW + GAP));
        let columns = names.into_iter().zip(labels).enumerate();
        let columns = columns.map(|(at, (name, label))| Column { x: x(at) + cell_width / 2, label, name }).collect();
        Some(Self { width, height, top, is_slanted, cell_width, sums, columns, rows })
    }

    pub fn cell_height(&self) -> usize {
        ROW
    }

    /// Where the middle of a row is, from its top.
    pub fn middle(&self) -> usize {
        ROW / 2
    }

    /// Where the text of a row stands, from its top.
    pub fn baseline(&self) -> usize {
        ROW / 2 + 4
    }
}

/// A rule's violations in a column, whose name is a schema's or says how many there are.
fn cell(counts: &Counts, rule: &'static str, column: usize, name: &str, x: usize, hottest: usize) -> Cell {
    let count = counts.by_place.get(&(rule, column)).copied().unwrap_or_default();
    let query = counts.schemas.get(column).map(|schema| {
        let schema = encode(&on_one_line(schema));
        format!("rule={rule}&schema={schema}&status=open")
    });
    let title = format!("{rule} in {name}: {} open", grouped(count));
    Cell { x, count, label: short(count), heat: heat(count, hottest), title, query }
}

/// Where a count stands between 1 and the highest one, from 1 to 5. The steps are equal factors: counts differ by orders of
/// magnitude.
fn heat(count: usize, hottest: usize) -> usize {
    let digits = |number: usize| usize::try_from(number.max(1).ilog2()).unwrap_or_default();
    match digits(hottest) {
        0 => 1,
        steps => 1 + digits(count) * 4 / steps,
    }
}

/// A number that fits into a cell.
fn short(count: usize) -> String {
    match count {
        0..10_000 => grouped(count),
        10_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{}M", grouped(count / 1_000_000)),
    }
}

/// A name that fits over a column.
fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX_LABEL {
        return name.to_owned();
    }
    name.chars().take(MAX_LABEL - 1).chain(['\u{2026}']).collect()
}

/// How wide a label is. Characters of East Asia and emoji are twice as wide as others.
fn width_of(label: &str) -> usize {
    label.chars().map(|c| if u32::from(c) < 0x1100 || c == '\u{2026}' { CHARACTER } else { 2 * CHARACTER }).sum()
}

/// A text as a value in the query of an address.
fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::Entry;
    use crate::rule::Status;
    use crate::testing::violation;

    fn totals(schemas: &[(&str, &'static str, usize)]) -> Totals {
        let mut totals = Totals::default();
        for (schema, rule, count) in schemas {
            let mut entry = Entry::new(&violation(rule), Status::Open).unwrap();
            entry.schema_name = (*schema).to_owned();
            (0..*count).for_each(|_| totals.add(&entry));
        }
        totals
    }

    #[test]
    fn nothing_open_has_no_map() {
        let mut totals = Totals::default();
        totals.add(&Entry::new(&violation("fk_without_index"), Status::Frozen).unwrap());
        assert!(HeatMap::new(&totals).is_none());
    }

    #[test]
    fn rules_and_schemas_stand_in_order() {
        let map = HeatMap::new(&totals(&[("a", "fk_without_index", 3), ("b&c", "fk_without_index", 40)])).unwrap();
        let columns: Vec<&str> = map.columns.iter().map(|column| column.label.as_str()).collect();
        assert_eq!(columns, ["b&c", "a"]);
        let cells: Vec<_> = map.rows[0].cells.iter().map(|cell| (cell.count, cell.heat)).collect();
        assert_eq!(cells, [(40, 5), (3, 1)]);
        assert_eq!(map.rows[0].cells[0].query.as_deref(), Some("rule=fk_without_index&schema=b%26c&status=open"));
        assert_eq!(map.rows[0].sum, "43");
        assert!(!map.is_slanted);
    }

    #[test]
    fn the_schemas_with_fewest_stand_together() {
        let names: Vec<String> = (0..40).map(|number| format!("schema_{number:02}")).collect();
        let schemas: Vec<_> = names.iter().map(|name| (name.as_str(), "fk_without_index", 2)).collect();
        let map = HeatMap::new(&totals(&schemas[..21])).unwrap();
        assert_eq!(map.columns[20].label, "schema_20");
        let map = HeatMap::new(&totals(&schemas)).unwrap();
        assert_eq!((map.columns.len(), map.columns[20].label.as_str()), (21, "20 others"));
        let last = &map.rows[0].cells[20];
        assert_eq!((last.count, &last.query), (40, &None));
        assert!(map.is_slanted);
    }

    #[test]
    fn numbers_and_names_fit() {
        assert_eq!([0, 9999, 10_000, 999_999, 1_000_000].map(short), ["0", "9,999", "10k", "999k", "1M"]);
        assert_eq!(shorten(&"x".repeat(63)).chars().count(), MAX_LABEL);
        assert_eq!([1, 2, 9, 500, 1000].map(|count| heat(count, 1000)), [1, 1, 2, 4, 5]);
        assert_eq!(heat(1, 1), 1);
    }
}
