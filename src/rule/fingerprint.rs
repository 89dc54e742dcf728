//! The fingerprint of a violation: the same on every server and in every version, also after a dump and restore.

use sha2::{Digest, Sha256};

use crate::facts::QualifiedName;

/// How many bytes of the hash are kept.
const LENGTH: usize = 8;

/// The fingerprint of the first violation of a rule that has these names: 16 hexadecimal digits. `kind` is the kind of the
/// object; `subject` tells it from the others of its kind in the relation.
pub fn fingerprint(rule: &str, relation: &QualifiedName, kind: &str, subject: &[String]) -> String {
    let mut hash = Sha256::new();
    // A name holds no NUL, so no two lists of names have the same bytes.
    let parts = [rule, &relation.schema, &relation.name, kind].into_iter().chain(subject.iter().map(String::as_str));
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()[..LENGTH].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fingerprint of another violation whose names are the same: the second one, the third one.
pub fn numbered(first: &str, number: usize) -> String {
    if number > 1 { format!("{first}:{number}") } else { first.to_owned() }
}

/// Whether a text is a fingerprint, as these functions make them.
pub fn is_fingerprint(text: &str) -> bool {
    let (hash, number) = text.split_once(':').map_or((text, None), |(hash, number)| (hash, Some(number)));
    let is_hash = hash.len() == 2 * LENGTH && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_number = |number: &str| {
        number.bytes().all(|byte| byte.is_ascii_digit())
            && !number.starts_with('0')
            && number.parse::<u32>().is_ok_and(|number| number > 1)
    };
    is_hash && number.is_none_or(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: [&str; 4], subject: &[&str]) -> String {
        let [rule, schema, table, kind] = names;
        let subject: Vec<String> = subject.iter().map(|name| name.to_string()).collect();
        fingerprint(rule, &QualifiedName::new(schema, table), kind, &subject)
    }

    #[test]
    fn a_fingerprint_stays_what_it_is() {
        // sha256sum of the names, each with a NUL behind it.
        assert_eq!(of(["fk_without_index", "public", "orders", "constraint"], &["customer_id"]), "3fea78cdc3f45dd3");
    }

    #[test]
    fn names_do_not_run_together() {
        let all = [
            of(["r", "s", "t", "column"], &["ab"]),
            of(["r", "s", "t", "column"], &["a", "b"]),
            of(["r", "st", "", "column"], &["ab"]),
            of(["r", "s", "tcolumn", ""], &["ab"]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(is_fingerprint(one));
            assert!(!all[at + 1..].contains(one), "{at}");
        }
    }

    #[test]
    fn other_texts_are_no_fingerprints() {
        for text in ["0123456789abcdef", "0123456789abcdef:2", "0123456789abcdef:10"] {
            assert!(is_fingerprint(text), "{text}");
        }
        let others = ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef:1", "0123456789abcdef:02"];
        for text in others.into_iter().chain(["0123456789abcdef:", "0123456789abcdef:-3", "0123456789abcdef0"]) {
            assert!(!is_fingerprint(text), "{text}");
        }
    }
}
