//! The order of the folders, and how long their files may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders, each of which may use only those that stand after it.
const ORDER: [&str; 11] =
    ["entry", "guard", "pg", "judge", "rules", "fix", "predicates", "rule", "settings", "sql", "facts"];

/// What is inside of `pg`, in the same order.
const PG_ORDER: [&str; 8] = ["guc", "statement", "read", "scan", "report", "errors", "backend", "text"];

/// What unit tests share; it may use everything, and only tests may use it.
const TESTING: &str = "testing";

/// How many lines a file may have. A rule with its documentation and its tests may have more.
const MOST_LINES: usize = 300;

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(source_files(&path)),
            false => files.push(path),
        }
    }
    files
}

/// Every source file below `src/`, by its path from there, with its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        (path, fs::read_to_string(file).unwrap())
    };
    source_files(&root).into_iter().map(read).collect()
}

/// The folders that a line uses: the word after `crate::`, or each of those between the braces there.
fn used_folders(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let first_word = |text: &'_ str| text.trim_start().find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut folders = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let items: Vec<&str> = group.map_or(vec![rest], |group| group.split(',').collect());
        folders
            .extend(items.into_iter().map(str::trim_start).map(|item| &item[..first_word(item).unwrap_or(item.len())]));
    }
    folders
}

/// The uses in a file that run against the order, each with its line.
fn wrong_uses(path: &str, text: &str) -> Vec<String> {
    let position = |folder: &str| ORDER.iter().position(|known| *known == folder);
    let folder = path.split('/').next().unwrap_or_default();
    let Some(own) = position(folder) else { return Vec::new() };
    let mut in_tests = path.ends_with("tests.rs");
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        in_tests |= line.trim() == "#[cfg(test)]";
        for used in used_folders(line) {
            let is_allowed = used == folder
                || (used == TESTING && in_tests)
                || position(used).is_some_and(|position| position > own);
            if !is_allowed {
                wrong.push(format!("src/{path}:{number} uses {used}, which is not below {folder}"));
            }
        }
    }
    wrong
}

#[test]
fn each_folder_uses_only_those_below_it() {
    let wrong: Vec<String> = sources().iter().flat_map(|(path, text)| wrong_uses(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_part_of_pg_uses_only_those_below_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(part) = path.strip_prefix("pg/") else { continue };
        let part = part.split(['/', '.']).next().unwrap();
        let Some(own) = PG_ORDER.iter().position(|known| *known == part) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let used = line.split("crate::pg::").nth(1).unwrap_or_default();
            let used = used.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            if PG_ORDER.iter().position(|known| *known == used).is_some_and(|used| used < own) {
                wrong.push(format!("src/{path}:{number} uses pg::{used}, which is not below pg::{part}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_its_place_in_the_order() {
    for (path, _) in sources() {
        let folder = path.split('/').next().unwrap();
        assert!(ORDER.contains(&folder) || folder == TESTING || path == "lib.rs", "src/{path}");
    }
}

#[test]
fn a_use_against_the_order_is_named() {
    let found = |path, text| wrong_uses(path, text);
    assert_eq!(found("fix/x.rs", "use crate::rule::Rule;\nuse crate::{fix, sql};"), [""; 0]);
    assert_eq!(
        found("fix/x.rs", "// crate::pg\nuse crate::rules;"),
        ["src/fix/x.rs:2 uses rules, which is not below fix"]
    );
    assert_eq!(found("sql/x.rs", "use crate::testing::table;").len(), 1);
    assert_eq!(found("sql/x.rs", "#[cfg(test)]\nmod tests {\n    use crate::testing::table;"), [""; 0]);
}

#[test]
fn files_can_be_held_in_the_head() {
    for (path, text) in sources() {
        let is_rule = path.starts_with("rules/") && path != "rules/mod.rs";
        let lines = text.lines().count();
        assert!(is_rule || lines <= MOST_LINES, "src/{path} has {lines} lines");
    }
}
