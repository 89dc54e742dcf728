//! The one style and the one script of the page, and how its Content-Security-Policy names them.

use sha2::{Digest, Sha256};

/// What stands between the tags. It is ASCII: escapes mean nothing there.
pub const STYLE: &str = include_str!("../../../templates/html/page.css");
pub const SCRIPT: &str = include_str!("../../../templates/html/page.js");

/// What the policy calls an inline style or script by.
pub fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

/// The bytes in Base64 (RFC 4648). Nothing else in the library needs it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 63;
            text.push(if place > chunk.len() { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn bytes_are_encoded_as_others_do() {
        let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        for length in 0..=bytes.len() {
            assert_eq!(base64(&bytes[..length]), STANDARD.encode(&bytes[..length]));
        }
    }

    #[test]
    fn style_and_script_stay_as_they_are_between_their_tags() {
        for text in [STYLE, SCRIPT] {
            assert!(text.is_ascii());
            for end in ["</", "<!--", "\r"] {
                assert!(!text.contains(end), "{end:?}");
            }
        }
    }

    #[test]
    fn nothing_is_loaded() {
        for text in [STYLE, SCRIPT] {
            for word in ["http:", "https:", "url(", "@import", "fetch(", "import(", "XMLHttpRequest", "innerHTML"] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
