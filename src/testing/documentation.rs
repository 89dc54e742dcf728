//! The documentation that follows from the declarations: a page for each rule, the tables of docs/rules.md and
//! docs/settings.md. The tests compare it with what is in the repository; with `BLESS=1` they write it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::rule::page::{describe_default, page};
use crate::rules;
use crate::settings::migration_tables::MIGRATION_TABLES_BY_TOOL;
use crate::settings::{
    DEFAULT_JOURNAL, DEFAULT_LOG_REFUSALS, DEFAULT_MAX_MESSAGES, DEFAULT_PRESET, Level, Mode, Preset,
};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The table of docs/rules.md.
fn rules_table() -> String {
    let mut table = "| rule | a violation is | checked at | level by preset |\n| --- | --- | --- | --- |\n".to_owned();
    for rule in rules::ALL {
        let levels: Vec<String> = Preset::ALL
            .iter()
            .map(|preset| (preset, rule.levels.under(*preset)))
            .filter(|(_, level)| *level != Level::Off)
            .map(|(preset, level)| format!("`{}`: {}", preset.word(), level.word()))
            .collect();
        let id = rule.id;
        let moment = rule.moment.word();
        let _ = writeln!(table, "| [`{id}`](rules/{id}.md) | {} | {moment} | {} |", rule.summary, levels.join(", "));
    }
    table
}

/// The table of docs/settings.md.
fn settings_table() -> String {
    let words = |words: Vec<&str>| words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
    let switch = |is_on| if is_on { "on" } else { "off" };
    let modes = words(Mode::ALL.iter().map(|mode| mode.word()).collect());
    let presets = words(Preset::ALL.iter().map(|preset| preset.word()).collect());
    let mut table = format!(
        "| setting | values | default |\n| --- | --- | --- |\n\
         | `guardrail.mode` | {modes} | `warn` |\n\
         | `guardrail.preset` | {presets} | `{}` |\n\
         | `guardrail.<rule>` | `preset`, `off`, `notice`, `warning`, `error` | `preset` |\n\
         | `guardrail.max_messages` | a number from 1: how many warnings and notices a statement or COMMIT sends at most; one more says how many were left out | `{DEFAULT_MAX_MESSAGES}` |\n\
         | `guardrail.journal` | `on`, `off`: whether violations that are let through are written to [`guardrail.journal`](journal.md) | `{}` |\n\
         | `guardrail.log_refusals` | `on`, `off`: whether each refusal is written to the server's log as [one line of JSON](journal.md#refusals-in-the-servers-log) | `{}` |\n",
        DEFAULT_PRESET.word(),
        switch(DEFAULT_JOURNAL),
        switch(DEFAULT_LOG_REFUSALS),
    );
    for option in rules::OPTIONS.iter() {
        let default = describe_default(*option).replace('|', "\\|");
        let _ = writeln!(
            table,
            "| `guardrail.{}` | {} {} | {default} |",
            option.name(),
            option.summary(),
            option.details()
        );
    }
    table
}

/// Compares a file with what it should be, or writes it.
fn expect(path: &Path, content: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == content, "{} is out of date; BLESS=1 cargo test --lib writes it", path.display());
}

#[test]
fn every_rule_has_its_page_and_no_page_is_left_over() {
    for rule in rules::ALL {
        expect(&repository(&format!("docs/rules/{}.md", rule.id)), &page(rule));
    }
    for file in fs::read_dir(repository("docs/rules")).unwrap() {
        let file = file.unwrap().path();
        let id = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(rules::find(&id).is_some(), "{} belongs to no rule", file.display());
    }
}

#[test]
fn the_page_of_the_migration_tables_is_up_to_date() {
    let mut page = "# Migration tables\n\n\
        These are the default of `guardrail.migration_tables`: the tables in which migration tools note what has run, and \
        the tables that they lock. The rules about a table's keys, columns and names do not check them, so that a tool can \
        create its own tables; and `unrecorded_migration` takes a row that is written to one of them for the record of a \
        migration.\n\n\
        Some tools use a name that another table may have as well, like `migrations` or `changelog`. Where such a table of \
        yours is to be checked, set `guardrail.migration_tables` to the tables of the tool that you use. Do the same for a \
        tool whose table has been given another name.\n\n\
        | table | tools |\n| --- | --- |\n"
        .to_owned();
    for (table, tools) in MIGRATION_TABLES_BY_TOOL {
        let _ = writeln!(page, "| `{}` | {tools} |", table.replace(r"\.", "."));
    }
    expect(&repository("docs/migration-tables.md"), &page);
}

#[test]
fn the_tables_of_rules_and_settings_are_up_to_date() {
    for (name, table) in [("rules", rules_table()), ("settings", settings_table())] {
        let path = repository(&format!("docs/{name}.md"));
        let mut page = fs::read_to_string(&path).unwrap();
        let (start, end) = (format!("<!-- {name}: written by the tests -->\n"), format!("<!-- /{name} -->\n"));
        let from = page.find(&start).unwrap() + start.len();
        let to = page.find(&end).unwrap();
        page.replace_range(from..to, &table);
        expect(&path, &page);
    }
}
