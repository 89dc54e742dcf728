//! The order of the folders, and how long their files may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders, each of which may use only those that stand after it.
const ORDER: [&str; 12] =
    ["entry", "guard", "pg", "judge", "reports", "rules", "fix", "predicates", "rule", "settings", "sql", "facts"];

/// What is inside of `pg`, in the same order.
const PG_ORDER: [&str; 16] = [
    "guc",
    "fault",
    "statement",
    "read",
    "own_tables",
    "scan",
    "lines",
    "progress",
    "rows",
    "backend",
    "report",
    "text",
    "kept_error",
    "memory",
    "spare_memory",
    "errors",
];

/// What unit tests share; it may use everything, and only tests may use it.
const TESTING: &str = "testing";

/// How many lines a file may have. A rule with its documentation and its tests may have more.
const MAX_LINES: usize = 300;

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

/// What a file uses: the line, the path from the root of the crate, and whether only tests use it.
struct Use {
    line: usize,
    path: Vec<String>,
    in_tests: bool,
}

/// Splits a text at the commas that are not between braces.
fn split_at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    })
    .collect()
}

/// Every path that a use tree stands for: `a::{b, c::d}` stands for `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else { return vec![tree.trim().to_owned()] };
    let close = tree.rfind('}').unwrap_or(tree.len());
    let items = split_at_commas(&tree[open + 1..close]).into_iter().filter(|item| !item.trim().is_empty());
    items.flat_map(|item| expand(&format!("{}{}", tree[..open].trim(), item.trim()))).collect()
}

/// The paths in the code of one line or statement, as they are written.
fn written_paths(code: &str) -> Vec<String> {
    let code = code.trim();
    if let Some(tree) = code.strip_prefix("use ").or_else(|| code.strip_prefix("pub use ")) {
        return expand(tree.trim_end_matches(';'));
    }
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let starts = ["crate::", "super::"].into_iter().flat_map(|start| code.match_indices(start));
    starts.map(|(at, _)| code[at..].split(|c| !is_of_path(c)).next().unwrap_or_default().to_owned()).collect()
}

/// The path from the root of the crate; a path into another crate stays as it is.
fn resolve(path: &str, module: &[&str], in_tests: bool) -> Vec<String> {
    let path = path.split(" as ").next().unwrap_or_default();
    let segments: Vec<&str> = path.split("::").collect();
    let supers = segments.iter().take_while(|segment| **segment == "super").count();
    let owned = |segments: &[&str]| segments.iter().map(|segment| segment.trim().to_owned()).collect();
    match segments[0] {
        "crate" => owned(&segments[1..]),
        // The module of the tests is inside of the file's own.
        "super" => {
            let up = supers - usize::from(in_tests);
            owned(&[&module[..module.len() - up], &segments[supers..]].concat())
        }
        _ => owned(&segments),
    }
}

/// Whether a file holds nothing but tests.
fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// Everything that a file uses by a path, in a `use` or elsewhere.
fn uses(path: &str, text: &str) -> Vec<Use> {
    let mut module: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    module.pop_if(|last| *last == "mod");
    let mut in_tests = is_test_file(path);
    let mut uses = Vec::new();
    let mut statement = String::new();
    for (line, code) in (1..).zip(text.lines()) {
        let code = code.split("//").next().unwrap_or_default();
        in_tests |= code.trim() == "#[cfg(test)]";
        let is_use = code.trim_start().starts_with("use ") || code.trim_start().starts_with("pub use ");
        if is_use || !statement.is_empty() {
            statement += code;
            if !code.contains(';') {
                continue;
            }
        }
        let begun = if statement.is_empty() { code } else { &statement };
        let in_tests_alone = in_tests && !is_test_file(path);
        for written in written_paths(begun) {
            uses.push(Use { line, path: resolve(&written, &module, in_tests_alone), in_tests });
        }
        statement.clear();
    }
    uses
}

/// Why a file may not use something, if so. `file` has its path from `src/` on.
fn objection(file: &str, used: &Use) -> Option<String> {
    let below = |order: &[&str], own: &str, used: &str| {
        let position = |name: &str| order.iter().position(|known| *known == name);
        own == used || position(own).is_none() || position(used).is_some_and(|used| position(own) < Some(used))
    };
    let own: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let path: Vec<&str> = used.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["pgrx", ..] if !["entry", "pg", "lib"].contains(&own[0]) => {
            Some("pgrx, which only entry and pg may use".to_owned())
        }
        [TESTING, ..] if used.in_tests => None,
        [folder, ..] if (ORDER.contains(folder) || *folder == TESTING) && !below(&ORDER, own[0], folder) => {
            Some(format!("{folder}, which is not below {}", own[0]))
        }
        ["pg", part, ..] if own[0] == "pg" && PG_ORDER.contains(part) && !below(&PG_ORDER, own[1], part) => {
            Some(format!("pg::{part}, which is not below pg::{}", own[1]))
        }
        // Another name for the crate would hide what is used.
        [] | [""] => Some("the crate as a whole".to_owned()),
        _ => None,
    }
}

/// What a file must not use, each with its line.
fn wrong_uses(file: &str, text: &str) -> Vec<String> {
    let object = |used: Use| Some(format!("src/{file}:{} uses {}", used.line, objection(file, &used)?));
    uses(file, text).into_iter().filter_map(object).collect()
}

#[test]
fn each_folder_uses_only_those_below_it() {
    let files = sources().into_iter().filter(|(path, _)| path != "lib.rs" && !path.starts_with(TESTING));
    let wrong: Vec<String> = files.flat_map(|(path, text)| wrong_uses(&path, &text)).collect();
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
    for (text, line, objection) in [
        ("// crate::pg\nuse crate::rules;", 2, "rules, which is not below fix"),
        ("use super::super::guard::session;", 1, "guard, which is not below fix"),
        ("use crate::{\n    sql,\n    guard::{session, statement},\n};", 4, "guard, which is not below fix"),
        ("fn f() { crate::judge::find(); }", 1, "judge, which is not below fix"),
        ("use crate as top;", 1, "the crate as a whole"),
        ("use crate::testing::table;", 1, "testing, which is not below fix"),
        ("use pgrx::pg_sys;", 1, "pgrx, which only entry and pg may use"),
    ] {
        let expected = format!("src/fix/x.rs:{line} uses {objection}");
        assert_eq!(wrong_uses("fix/x.rs", text).first(), Some(&expected), "{text}");
    }
    assert_eq!(
        wrong_uses("pg/scan/x.rs", "use crate::pg::{guc::mode, text};"),
        ["src/pg/scan/x.rs:1 uses pg::guc, which is not below pg::scan"]
    );
}

#[test]
fn other_uses_are_fine() {
    for text in [
        "use crate::rule::Rule;\nuse crate::{fix, sql};",
        "use crate::{sql::{quote, literal}, fix};",
        "use super::names;",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::testing::table;",
        "use std::rc::Rc;",
    ] {
        assert_eq!(wrong_uses("fix/x.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn no_file_is_longer_than_the_limit() {
    for (path, text) in sources() {
        let is_rule = path.starts_with("rules/") && path != "rules/mod.rs";
        let lines = text.lines().count();
        assert!(is_rule || lines <= MAX_LINES, "src/{path} has {lines} lines");
    }
}
