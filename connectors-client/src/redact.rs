//! What of a stranger's answer may be shown.

const SHOWN: usize = 200;

/// The beginning of a body, its white space as single spaces, without the secret and without anything that follows `Bearer`.
/// What is no text to be seen is in it still: it is for `Debug`.
///
/// The secret is visible ASCII, or empty for none. No copy is made of it.
pub(crate) fn snippet(body: &[u8], secret: &str) -> String {
    let mut text = String::new();
    // More than is shown, so that a secret across the edge is still found.
    let looked_at = &body[..body.len().min(16 * SHOWN + secret.len())];
    let mut rest = looked_at;
    while let Some(at) = rest.windows(secret.len().max(1)).position(|window| window == secret.as_bytes()) {
        text += &String::from_utf8_lossy(&rest[..at]);
        text += "***";
        rest = &rest[at + secret.len()..];
    }
    // What could be the beginning of one that was cut off.
    let cut = if looked_at.len() < body.len() { secret.len() } else { 0 };
    text += &String::from_utf8_lossy(&rest[..rest.len().saturating_sub(cut)]);
    let text = without_bearer(&text);
    let text: Vec<_> = text.split_whitespace().collect();
    text.join(" ").chars().take(SHOWN).collect()
}

fn without_bearer(text: &str) -> String {
    let mut words = Vec::new();
    let mut follows = false;
    for word in text.split(' ') {
        words.push(if follows { "***" } else { word });
        follows = word.to_ascii_lowercase().ends_with("bearer");
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_echoes_the_request_shows_no_credential() {
        let page = b"<pre>GET /x\nauthorization: Bearer other\nx: canary, canarycanary</pre>";
        assert_eq!(snippet(page, "canary"), "<pre>GET /x authorization: Bearer *** ***, ******</pre>");
        assert_eq!(snippet(b"\xffcanary\xff canar", "canary"), "\u{fffd}***\u{fffd} canar");
        assert_eq!(snippet(b"canary", ""), "canary");
        assert_eq!(snippet(b"", "canary"), "");
    }

    #[test]
    fn a_long_page_is_cut_and_bytes_that_are_no_text_are_replaced() {
        let page = [b"\xff\x00".as_slice(), &[b'a'; 1000]].concat();
        let shown = snippet(&page, "");
        assert_eq!(shown.chars().count(), SHOWN);
        assert!(shown.starts_with("\u{fffd}\0a"));
    }

    #[test]
    fn no_part_is_shown_of_a_secret_across_the_edge_of_what_is_looked_at() {
        for before in 16 * SHOWN - 10..16 * SHOWN + 10 {
            let page = [&vec![b' '; before], "canary".as_bytes(), &[b' '; 100]].concat();
            assert!(!snippet(&page, "canary").contains("ca"), "{before}");
        }
    }
}
