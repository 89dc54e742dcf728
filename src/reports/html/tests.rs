use super::*;
use crate::reports::output::Kept;
use crate::reports::{Format, Report};
use crate::rules;
use crate::settings::Preset;
use crate::testing::violation;

fn page(entries: &[Entry]) -> String {
    let about = About {
        database: "a <b> \u{202e}c".to_owned(),
        time: "2026-01-01 00:00:00+00".to_owned(),
        preset: Preset::Core,
        rules: rules::find("fk_without_index").map(|rule| (rule, Level::Error)).into_iter().collect(),
        uri: None,
        incomplete: None,
    };
    let mut kept = Kept::default();
    let mut report = Report::begin(Format::Html, &about, &mut kept);
    for entry in entries {
        report.add(entry);
    }
    report.end();
    kept.text
}

fn entry(status: Status, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut entry = Entry::new(&violation("fk_without_index"), status).unwrap();
    change(&mut entry);
    entry
}

/// What stands between two texts.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).unwrap().0
}

#[test]
fn the_policy_names_the_style_and_the_script_of_the_page() {
    let page = page(&[entry(Status::Open, |_| ())]);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let style = policy::source(between(&page, "<style>", "</style>"));
    let script = policy::source(between(&page, "<script>", "</script>"));
    let expected =
        format!("default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'");
    assert_eq!(policy, expected);
    assert!(page.is_ascii());
    assert!(!page.contains("style="));
}

#[test]
fn what_is_open_stands_first_and_the_gravest_of_it() {
    let at = |status, level, name: &str| {
        entry(status, |entry| {
            entry.level = level;
            entry.table_name = name.to_owned();
        })
    };
    let page = page(&[
        at(Status::Exempt, Level::Error, "t5"),
        at(Status::Open, Level::Notice, "t3"),
        at(Status::Frozen, Level::Error, "t4"),
        at(Status::Open, Level::Error, "t1"),
        at(Status::Open, Level::Error, "t2"),
    ]);
    let places: Vec<usize> =
        ["t1", "t2", "t3", "t4", "t5"].map(|name| page.find(&format!("<bdi>{name}<")).unwrap()).into();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn texts_are_escaped() {
    let page = page(&[entry(Status::Open, |entry| {
        entry.table_name = "</script><script>alert(1)</script>".to_owned();
        entry.message = "a\nb \u{202e}\u{0}\"'&".to_owned();
        entry.fix = "\n\u{85}\u{1b}\"x\";".to_owned();
        entry.file = Some("<a>.sql".to_owned());
        entry.line = Some(7);
    })]);
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("<h1><bdi>SQL files</bdi></h1>"), "{page}");
    assert!(page.contains("<summary>a\\nb \\u{202e}\\u{0}&#34;&#39;&#38;<"));
    assert!(page.contains("<pre>\n\n&#65533;\u{1b}&#34;x&#34;;</pre>"));
    assert!(page.contains("characters that do not show"));
    assert!(page.contains("<bdi>&#60;a&#62;.sql:7</bdi>"));
    assert!(self::page(&[]).contains("<h1><bdi>a &#60;b&#62; \\u{202e}c</bdi></h1>"));
}

#[test]
fn objects_are_named_as_far_as_they_have_names() {
    let object = |schema: &str, table: &str, data_type: Option<&str>| {
        let page = page(&[entry(Status::Open, |entry| {
            entry.schema_name = schema.to_owned();
            entry.table_name = table.to_owned();
            entry.data_type = data_type.map(str::to_owned);
            (entry.column_name, entry.constraint_name, entry.index_name) = (None, None, None);
        })]);
        between(&page, "<td>error<td>", "<small>").to_owned()
    };
    assert_eq!(object("s", "t", Some("s.u")), "<bdi>s</bdi>.<bdi>t</bdi>");
    assert_eq!(object("s", "", Some("s.u")), "<bdi>s</bdi>.<bdi>u</bdi>");
    assert_eq!(object("s", "", None), "<bdi>s</bdi>");
    assert_eq!(object("", "", None), "<bdi></bdi>");
}

#[test]
fn an_empty_page_says_so() {
    let page = page(&[]);
    assert!(page.contains("<p>No violations.</p>"));
    assert!(!page.contains("<table>"));
    assert!(!page.contains("<svg"));
}

#[test]
fn numbers_are_grouped() {
    assert_eq!([0, 999, 1000, 12_345, 1_234_567].map(grouped), ["0", "999", "1,000", "12,345", "1,234,567"]);
}
