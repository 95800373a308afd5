//! Text that comes from outside, made fit to be stored and shown.

use url::{Position, Url};

/// The longest title or name that a signal carries, in characters.
const DISPLAY_LIMIT: usize = 300;

/// A provider's error text as it may appear in `details`: cut to 100 characters of the set that RFC 6749, section
/// 4.1.2.1, allows in `error`.
pub fn provider_text(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')).take(100).collect()
}

/// A title or name on one line: control characters become spaces, runs of white space one space, and it is cut to 300
/// characters.
pub fn display_text(text: &str) -> String {
    let cleaned: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(DISPLAY_LIMIT) {
        Some(_) => line.chars().take(DISPLAY_LIMIT - 1).chain(['…']).collect(),
        None => line,
    }
}

/// The link, if it is an `http` or `https` URL; a timeline must never carry `javascript:`.
pub fn web_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| as_uri(&url))
}

/// The URL as RFC 3986 writes it: browsers, and so [`Url`], let characters stand that a URI must escape.
fn as_uri(url: &Url) -> String {
    let (authority, rest) = (&url[..Position::BeforePath], &url[Position::BeforePath..]);
    let mut uri = authority.to_owned();
    for (index, character) in rest.char_indices() {
        let is_escape =
            || rest.as_bytes().get(index + 1..index + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match character {
            '%' if !is_escape() => uri.push_str("%25"),
            '"' | '<' | '>' | '[' | '\\' | ']' | '^' | '`' | '{' | '|' | '}' => {
                uri.push_str(&format!("%{:02X}", u32::from(character)));
            }
            character => uri.push(character),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_text_is_cut_and_cleaned() {
        assert_eq!(provider_text("access_denied"), "access_denied");
        assert_eq!(provider_text("a\"b\\c\nd\u{e9}"), "abcd");
        assert_eq!(provider_text(&"x".repeat(200)).len(), 100);
    }

    #[test]
    fn display_text_is_one_bounded_line() {
        assert_eq!(display_text(" a\n\tb\0c "), "a b c");
        let long = display_text(&"é".repeat(1000));
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn only_web_links_survive() {
        assert_eq!(web_url("https://github.com/a/b").as_deref(), Some("https://github.com/a/b"));
        assert_eq!(web_url("javascript:alert(1)"), None);
        assert_eq!(web_url("not a url"), None);
        let escaped = "https://github.com/a%25_%7C%20?b=%5Bc%5D%e9";
        assert_eq!(web_url("https://github.com/a%_| ?b=[c]%e9").as_deref(), Some(escaped));
        assert_eq!(web_url(escaped).as_deref(), Some(escaped));
    }
}
