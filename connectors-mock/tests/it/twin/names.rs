//! Names for what either side makes up, given in the order in which it is first seen.

use reqwest::Url;
use serde_json::Value;

/// The length of a hyphenated UUID.
const UUID: usize = 36;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Names {
    /// Values and their names.
    known: Vec<(String, String)>,
}

impl Names {
    /// Gives a value a name of this sort, unless it has one.
    pub fn learn(&mut self, sort: &str, value: &str) {
        if value.is_empty() || self.known.iter().any(|(known, _)| known == value) {
            return;
        }
        let number = self.known.iter().filter(|(_, name)| name.starts_with(&format!("<{sort} "))).count() + 1;
        self.known.push((value.to_owned(), format!("<{sort} {number}>")));
    }

    /// Learns what an answer's body makes up.
    pub fn learn_body(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        for id in uuids(&text) {
            self.learn("id", id);
        }
        let Ok(json) = serde_json::from_slice::<Value>(body) else { return };
        for (field, sort) in [("state", "state"), ("next_cursor", "cursor")] {
            self.learn(sort, json[field].as_str().unwrap_or_default());
        }
        let Some(url) = json["authorize_url"].as_str().and_then(|url| Url::parse(url).ok()) else { return };
        let (page, _) = url.as_str().split_once('?').unwrap();
        self.learn("authorize page", page);
        for (name, value) in url.query_pairs().filter(|(name, _)| name == "code_challenge") {
            self.learn(&name, &value);
        }
    }

    /// The text with every value replaced by its name.
    pub fn rename(&self, text: &str) -> String {
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        known.into_iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, name))
    }
}

/// The hyphenated UUIDs in a text, in order.
fn uuids(text: &str) -> impl Iterator<Item = &str> {
    let is_uuid = |text: &str| {
        text.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    (0..text.len().saturating_sub(UUID - 1))
        .filter_map(move |start| text.get(start..start + UUID).filter(|t| is_uuid(t)))
}
