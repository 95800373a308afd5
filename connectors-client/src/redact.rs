//! What of a stranger's answer may be shown.

use serde_json::Value;

const SHOWN: usize = 200;

/// The shortest token that is looked for in what seems to be the service's own answer.
const SHORTEST: usize = 8;

/// What nobody writes of their own accord, but base64 does.
const LONG: usize = 16;

/// Whether the text looks otherwise in JSON, in a URL or in HTML, so that a search for it would not find it there.
pub(crate) fn is_changed_by_encodings(secret: &str) -> bool {
    secret.bytes().any(|byte| !byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte))
}

/// Whether a text of a JSON body, read, has the secret in it. One that is as short as a word, as in tests, is in many texts.
pub(crate) fn repeats(body: &Value, secret: &str) -> bool {
    match body {
        _ if secret.len() < SHORTEST => false,
        Value::String(text) => text.contains(secret),
        Value::Array(items) => items.iter().any(|item| repeats(item, secret)),
        Value::Object(fields) => fields.iter().any(|(name, field)| name.contains(secret) || repeats(field, secret)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The beginning of a body, its white space as single spaces, without the secret, without anything that follows `Bearer`, and
/// without what is long and looks like chance: the secret in base64 would. What is no text to be seen is in it still: it is
/// for `Debug`.
///
/// The secret is visible ASCII that no encoding changes, or empty for none. No copy is made of it.
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
    let text = without_credentials(&text);
    let text: Vec<_> = text.split_whitespace().collect();
    text.join(" ").chars().take(SHOWN).collect()
}

/// Goes through the runs of letters that a credential, encoded or not, may be made of.
fn without_credentials(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+/=_%\\.~*-".contains(letter);
    let mut shown = String::new();
    let mut follows_bearer = false;
    let mut rest = text;
    while !rest.is_empty() {
        let between = rest.find(is_part).unwrap_or(rest.len());
        shown += &rest[..between];
        rest = &rest[between..];
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        if run.is_empty() {
            continue;
        }
        let lower = run.to_ascii_lowercase();
        let is_bearer = lower.ends_with("bearer");
        let is_secret = follows_bearer || lower.contains("bearer") && !is_bearer || looks_like_chance(run);
        shown += if is_secret { "***" } else { run };
        follows_bearer = is_bearer;
    }
    shown
}

/// Whether a run is long and mixes what words do not: capitals after small letters, or digits, without a separator.
fn looks_like_chance(run: &str) -> bool {
    let mut pieces = run.split(|letter: char| !letter.is_ascii_alphanumeric() && !"+/=".contains(letter));
    pieces.any(|piece| {
        let has = |test: fn(&char) -> bool| piece.chars().any(|letter| test(&letter));
        let kinds = [has(char::is_ascii_lowercase), has(char::is_ascii_uppercase), has(char::is_ascii_digit)];
        piece.len() >= LONG && kinds.iter().filter(|kind| **kind).count() > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_echoes_the_request_shows_no_credential() {
        let page = b"<pre>GET /x\nauthorization: Bearer other\nx: canary, canarycanary</pre>";
        assert_eq!(snippet(page, "canary"), "<pre>GET /x authorization: Bearer *** x: ***, ******</pre>");
        assert_eq!(snippet(b"\xffcanary\xff canar", "canary"), "\u{fffd}***\u{fffd} canar");
        assert_eq!(snippet(b"canary", ""), "canary");
        assert_eq!(snippet(b"", "canary"), "");
    }

    #[test]
    fn a_credential_is_found_whatever_stands_between_and_however_it_is_encoded() {
        for (page, shown) in [
            ("Bearer\nother next", "Bearer *** next"),
            ("bearer:other", "bearer:***"),
            ("{\"authorization\":\"Bearer other\"}", "{\"authorization\":\"Bearer ***\"}"),
            ("?auth=Bearer%20other&x=1", "?***&x=1"),
            ("basic QmVhcmVyIGNhbmFyeQ==, it said", "basic ***, it said"),
            (
                "a word of considerable length: internationalization",
                "a word of considerable length: internationalization",
            ),
        ] {
            assert_eq!(snippet(page.as_bytes(), "canary"), shown);
        }
    }

    #[test]
    fn what_encodings_change_is_not_searched_for() {
        for (secret, changes) in [("canary", false), ("a-b_c.d~9", false), ("ab+/cd==", true), ("a&b<c", true)] {
            assert_eq!(is_changed_by_encodings(secret), changes, "{secret}");
        }
    }

    #[test]
    fn a_secret_is_found_in_json_however_it_is_escaped() {
        let body = |text| serde_json::from_str::<Value>(text).unwrap();
        assert!(repeats(&body(r#"{"details":[{"x":"you sent c\u0061nary\/+x== to us"}]}"#), "canary/+x=="));
        assert!(repeats(&body(r#"{"canary/+x==":1}"#), "canary/+x=="));
        assert!(!repeats(&body(r#"{"message":"the operator token is wrong"}"#), "wrong"));
        assert!(!repeats(&body(r#"{"message":"the operator token is wrong"}"#), "mock-operator-token"));
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
