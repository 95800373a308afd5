//! What a script got to hear, renamed, and how two such transcripts differ.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;

use super::{call::Call, names::Names};

/// An answer as it came, but for long runs of spaces in its body: of each one stays, and how many they were stands aside. To
/// look for ids in them takes seconds.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    length: usize,
    runs: Vec<usize>,
}

impl Answer {
    pub fn new(status: u16, headers: HeaderMap, whole: Vec<u8>) -> Self {
        const LONG: usize = 1_000;
        let (length, mut body, mut runs) = (whole.len(), Vec::new(), Vec::new());
        for run in whole.chunk_by(|one, other| *one == b' ' && *other == b' ') {
            if run.len() < LONG {
                body.extend_from_slice(run);
            } else {
                body.push(b' ');
                runs.push(run.len());
            }
        }
        Self { status, headers, body, length, runs }
    }
}

/// An answer with its made-up values renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    call: String,
    status: u16,
    headers: BTreeMap<String, Vec<String>>,
    body: String,
    runs: Vec<usize>,
}

/// The answers to a script.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    entries: Vec<Entry>,
}

impl Transcript {
    /// Adds the answer to a call.
    pub fn add(&mut self, call: &Call, answer: Answer, names: &mut Names) {
        let given = |value: &str| call.headers.iter().any(|(_, text)| text.contains(value));
        if let Some(id) = answer.headers.get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !given(id)) {
            names.learn("request", id);
        }
        names.learn_body(&call.path, &answer.body);
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = match name.as_str() {
                "date" => continue,
                // Made-up values differ in length.
                "content-length" if value == answer.length.to_string() => "<the body's>".into(),
                _ => names.rename(&call.path, &value),
            };
            headers.entry(name.to_string()).or_default().push(value);
        }
        self.entries.push(Entry {
            call: format!("{} {}", call.method, call.path),
            status: answer.status,
            headers,
            body: names.rename(&call.path, &String::from_utf8_lossy(&answer.body)),
            runs: answer.runs,
        });
    }

    /// The last answer's status and code.
    pub fn last(&self) -> (u16, String) {
        let last = self.entries.last().unwrap();
        let json: serde_json::Value = serde_json::from_str(&last.body).unwrap_or_default();
        (last.status, json["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The statuses, in order.
    pub fn statuses(&self) -> Vec<u16> {
        self.entries.iter().map(|entry| entry.status).collect()
    }
}

/// What differs, in words.
pub fn differences(service: &Transcript, mock: &Transcript) -> Vec<String> {
    let mut differences = Vec::new();
    if service.entries.len() != mock.entries.len() {
        differences.push(format!("{} answers against {}", service.entries.len(), mock.entries.len()));
    }
    for (number, (one, other)) in service.entries.iter().zip(&mock.entries).enumerate() {
        let mut differ = |what: &str, one: &str, other: &str| {
            if one != other {
                let call = &service.entries[number].call;
                let (one, other) = excerpts(one, other);
                differences.push(format!("{}. {call}: {what}\n  service: {one}\n  mock:    {other}", number + 1));
            }
        };
        differ("status", &one.status.to_string(), &other.status.to_string());
        differ("headers", &format!("{:?}", one.headers), &format!("{:?}", other.headers));
        differ("body", &one.body, &other.body);
        differ("spaces in the body", &format!("{:?}", one.runs), &format!("{:?}", other.runs));
    }
    differences
}

/// Two texts from a little before the place where they part.
fn excerpts<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    const SHOWN: usize = 400;
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let start = if one.len().max(other.len()) > SHOWN { same.saturating_sub(SHOWN / 4) } else { 0 };
    let cut = |text: &'a str| {
        let start = text.floor_char_boundary(start);
        &text[start..text.floor_char_boundary(start + SHOWN)]
    };
    (cut(one), cut(other))
}
