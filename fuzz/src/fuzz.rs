//! A program of libFuzzer for the property that FUZZ_PROPERTY names. With --list as its only argument, it lists them.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use pg_guardrail_fuzz::properties;

static PROPERTY: OnceLock<fn(&str)> = OnceLock::new();

fn property() -> fn(&str) {
    let wanted = std::env::var("FUZZ_PROPERTY").unwrap_or_default();
    let found = properties::ALL.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("FUZZ_PROPERTY: there is no property \"{wanted}\"")).1
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    // No text that PostgreSQL gives holds it.
    if text.contains('\0') {
        return Corpus::Reject;
    }
    PROPERTY.get_or_init(property)(text);
    Corpus::Keep
});
