//! What of a stranger's answer may be shown.

const SHOWN: usize = 200;

/// The beginning of a body, its white space as single spaces, without the given secrets and without anything that follows
/// `Bearer`. What is no text to be seen is in it still: it is for `Debug`.
pub(crate) fn snippet(body: &[u8], secrets: &[&str]) -> String {
    // More than is shown, so that a secret across the edge is still found.
    let mut text = String::from_utf8_lossy(&body[..body.len().min(16 * SHOWN)]).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
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
        let page = b"<pre>GET /x?code=c0de\nauthorization: Bearer other\nx: canary</pre>";
        assert_eq!(snippet(page, &["canary", "c0de", ""]), "<pre>GET /x?code=*** authorization: Bearer *** ***</pre>");
    }

    #[test]
    fn a_long_page_is_cut_and_bytes_that_are_no_text_are_replaced() {
        let page = [b"\xff\x00".as_slice(), &[b'a'; 1000]].concat();
        let shown = snippet(&page, &[]);
        assert_eq!(shown.chars().count(), SHOWN);
        assert!(shown.starts_with("\u{fffd}\0a"));
    }
}
