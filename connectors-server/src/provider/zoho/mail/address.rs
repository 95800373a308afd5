//! Mailbox addresses.

use super::super::text::unescaped;

/// The most addresses of a header that are looked at: each is looked up.
const MOST: usize = 16;

/// RFC 5321, section 4.5.3.1.3: a path, and with it an address, has at most 254 characters.
const LONGEST: usize = 254;

/// The addresses of a header such as `"Rebecca"<rebecca@zylker.com>, <paula@zylker.com>`, in lower case.
pub(super) fn addresses(header: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in unescaped(header).split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"')) {
        let address = word.to_lowercase();
        if is_address(&address) && !found.contains(&address) && found.len() < MOST {
            found.push(address);
        }
    }
    found
}

/// The one address that the text is.
pub(super) fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    is_address(&address).then_some(address)
}

fn is_address(text: &str) -> bool {
    let halves = text.rsplit_once('@');
    text.len() <= LONGEST
        && halves.is_some_and(|(local, domain)| !local.is_empty() && !local.contains('@') && !domain.is_empty())
        && !text
            .contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_however_they_are_dressed() {
        for (header, expected) in [
            ("<scott.lang@zohocorp.com>", vec!["scott.lang@zohocorp.com"]),
            ("&quot;rebecca&quot;&lt;Rebecca@zylker.com&gt;", vec!["rebecca@zylker.com"]),
            ("\"Doe, John\" <j@x.de>, <k@x.de>,<j@x.de>", vec!["j@x.de", "k@x.de"]),
            ("a@b@c, @b, a@, Not Provided, zuid:1@x", vec![]),
            ("a\0@b.c", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(addresses(header), expected, "{header}");
        }
        let many: String = (0..100).map(|number| format!("<a{number}@b.c>,")).collect();
        assert_eq!(addresses(&many).len(), MOST);
        assert_eq!(addresses(&format!("{}@b.c", "a".repeat(300))), [""; 0]);
    }
}
