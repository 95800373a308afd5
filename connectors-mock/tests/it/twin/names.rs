//! Names for what either side makes up, given in the order in which it is first seen.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::Value;

/// The length of a hyphenated UUID.
const UUID: usize = 36;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Names {
    /// Values and their names.
    known: Vec<(String, String)>,
    /// The page to which users are sent, by the path that names it: one provider's may be another's too.
    pages: BTreeMap<String, String>,
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

    /// Learns what the body of an answer at this path makes up.
    pub fn learn_body(&mut self, path: &str, body: &[u8]) {
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
        self.pages.entry(path.to_owned()).or_insert_with(|| page.to_owned());
        for (name, value) in url.query_pairs().filter(|(name, _)| name == "code_challenge") {
            self.learn(&name, &value);
        }
    }

    /// The text of an answer at this path with every value replaced by its name.
    pub fn rename(&self, path: &str, text: &str) -> String {
        let page = self.pages.get(path).map(|page| text.replace(page, "<authorize page>"));
        let text = page.unwrap_or_else(|| text.to_owned());
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        known.into_iter().fold(text, |text, (value, name)| text.replace(value, name))
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
