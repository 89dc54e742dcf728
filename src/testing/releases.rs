//! What has been released stays as it is. People have run these scripts, so what they make must be what an update expects.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Each released script of SQL with its SHA-256.
const RELEASED: [(&str, &str); 1] =
    [("pg_guardrail--0.1.0.sql", "9c332e07b5fe4ac3c292467369d3541989bbf5e9a45649a5e6f91fb35383a585")];

/// The version that is being made.
const CURRENT: &str = env!("CARGO_PKG_VERSION");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sql")
}

fn digest(file: &str) -> String {
    let bytes =
        fs::read(folder().join(file)).unwrap_or_else(|error| panic!("sql/{file} is a released script: {error}"));
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The versions in the name of a script: `pg_guardrail--1.0.sql` makes one, `pg_guardrail--1.0--1.1.sql` leads to another.
fn versions(file: &str) -> Option<Vec<&str>> {
    Some(file.strip_prefix("pg_guardrail--")?.strip_suffix(".sql")?.split("--").collect())
}

/// The scripts that are named after versions.
fn scripts() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut scripts: Vec<String> = names.filter(|name| versions(name).is_some()).collect();
    scripts.sort();
    scripts
}

fn is_released(version: &str) -> bool {
    RELEASED.iter().any(|(file, _)| versions(file) == Some(vec![version]))
}

#[test]
fn a_released_script_is_never_edited() {
    for (file, released) in RELEASED {
        assert!(
            digest(file) == released,
            "sql/{file} is released, so it must stay as it was: undo the change (git log -- sql/{file}). What is new \
             belongs into sql/pg_guardrail.sql and into the script that leads to version {CURRENT}."
        );
    }
}

#[test]
fn every_script_of_a_released_version_is_kept_here() {
    for script in scripts() {
        let leads_to = versions(&script).and_then(|versions| versions.last().map(|last| (*last).to_owned())).unwrap();
        let is_kept = RELEASED.iter().any(|(file, _)| *file == script);
        let is_in_the_making = leads_to == CURRENT && !is_released(CURRENT) && versions(&script).unwrap().len() == 2;
        assert!(is_kept || is_in_the_making, "add it to RELEASED: (\"{script}\", \"{}\")", digest(&script));
    }
}

#[test]
fn the_script_of_the_current_version_is_the_released_one_once_there_is_one() {
    if is_released(CURRENT) {
        let released = format!("pg_guardrail--{CURRENT}.sql");
        assert_eq!(digest("pg_guardrail.sql"), digest(&released), "begin a new version: sql/{released} is released");
    }
}

#[test]
fn every_released_version_can_be_updated_from() {
    let scripts = scripts();
    for (file, _) in RELEASED {
        let mut reached = vec![*versions(file).unwrap().last().unwrap()];
        let mut next = 0;
        while next < reached.len() {
            let from = reached[next];
            let steps = scripts.iter().filter_map(|script| match versions(script)?.as_slice() {
                [start, end] if *start == from => Some(*end),
                _ => None,
            });
            let new: Vec<&str> = steps.filter(|end| !reached.contains(end)).collect();
            reached.extend(new);
            next += 1;
        }
        assert!(reached.contains(&CURRENT), "no script leads from sql/{file} to version {CURRENT}");
    }
}

#[test]
fn the_update_and_the_script_are_of_the_same_text() {
    let whole = fs::read_to_string(folder().join("pg_guardrail.sql")).unwrap();
    for script in scripts().iter().filter(|script| versions(script).is_some_and(|versions| versions.len() == 2)) {
        if versions(script).unwrap()[1] != CURRENT {
            continue;
        }
        let text = fs::read_to_string(folder().join(script)).unwrap();
        for line in text.lines().skip(1).filter(|line| !line.starts_with("DROP ") && !line.starts_with("--")) {
            assert!(
                whole.lines().any(|other| other == line),
                "sql/{script}, but not sql/pg_guardrail.sql, has: {line}"
            );
        }
    }
}
