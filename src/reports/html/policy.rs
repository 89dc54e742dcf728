//! The one style and the one script of the page, and how its Content-Security-Policy names them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What stands between the tags. It is ASCII: escapes mean nothing there.
pub const STYLE: &str = include_str!("../../../templates/html/page.css");
pub const SCRIPT: &str = include_str!("../../../templates/html/page.js");

/// What the policy calls an inline style or script by.
pub fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
