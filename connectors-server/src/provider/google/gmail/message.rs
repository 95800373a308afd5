//! Messages: what is kept of them, and the signals that they become.

use serde::{Deserialize, Serialize};
use url::Url;

use super::history::{Record, is_id};
use crate::model::{ExternalAccount, Reference, SignalDraft, SignalKind, Timestamp, display_text};

/// The headers that are asked for and kept.
pub(super) const HEADERS: [&str; 3] = ["From", "Subject", "Date"];

/// What a signal carries: what the history tells, and the message's metadata unless it is gone. Nothing else of Gmail's answers is
/// kept, whatever is in them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Payload {
    pub(super) history: Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
}

/// `users.messages.get` in the format `metadata`, as far as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) label_ids: Vec<String>,
    /// In milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) internal_date: Option<String>,
    pub(super) payload: Headers,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    headers: Vec<Header>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Header {
    name: String,
    value: String,
}

impl Message {
    /// The message with no more than the headers that are kept.
    pub(super) fn bounded(mut self) -> Self {
        let headers = &mut self.payload.headers;
        headers.retain(|header| HEADERS.iter().any(|name| header.name.eq_ignore_ascii_case(name)));
        headers.truncate(HEADERS.len());
        self
    }

    /// When it came in.
    pub(super) fn received(&self) -> Option<Timestamp> {
        let millis: i64 = self.internal_date.as_ref()?.parse().ok()?;
        Some(Timestamp::from_micros(millis.saturating_mul(1_000)))
    }

    fn header(&self, name: &str) -> Option<String> {
        let header = self.payload.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(display_text(&header.value)).filter(|text| !text.is_empty())
    }
}

/// What a change of this kind becomes.
pub(super) fn draft(kind: SignalKind, account: &ExternalAccount, payload: &Payload) -> Option<SignalDraft> {
    let message = payload.message.as_ref();
    if message.is_some_and(|message| !is_id(&message.id)) {
        return None;
    }
    let is_new = matches!(kind, SignalKind::EmailReceived | SignalKind::EmailSent);
    let title = match (message, kind) {
        (Some(message), _) => message.header("Subject").unwrap_or_else(|| "Email without a subject".to_owned()),
        (None, SignalKind::EmailDeleted) => "Email deleted".to_owned(),
        (None, _) => return None,
    };
    Some(SignalDraft {
        kind,
        // When labels changed, or a message was deleted, history does not tell.
        occurred_at: message.filter(|_| is_new).and_then(Message::received),
        title,
        url: message.map(|message| page(&account.id, &format!("all/{}", message.id))),
        actor: message.filter(|_| is_new).and_then(|message| person(&message.header("From")?)),
        source: Some(Reference {
            id: account.id.clone(),
            name: account.name.clone(),
            url: Some(page(&account.id, "inbox")),
        }),
    })
}

/// A page of the mailbox at Gmail.
fn page(address: &str, place: &str) -> String {
    let mut url = Url::parse("https://mail.google.com/mail/").unwrap_or_else(|_| unreachable!("it is a URL"));
    url.query_pairs_mut().append_pair("authuser", address);
    url.set_fragment(Some(place));
    url.into()
}

/// `Ada Lovelace <ada@example.com>`, or the address alone (RFC 5322, section 3.4).
fn person(from: &str) -> Option<Reference> {
    let (name, address) = match from.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').trim(), rest.trim_end().trim_end_matches('>')),
        None => ("", from),
    };
    let address = address.trim();
    let name = if name.is_empty() { address } else { name };
    (!address.is_empty()).then(|| Reference { id: address.to_owned(), name: name.to_owned(), url: None })
}

#[cfg(test)]
mod tests {
    use super::person;

    #[test]
    fn senders_are_read_with_and_without_a_name() {
        for (from, id, name) in [
            ("Ada Lovelace <ada@example.com>", "ada@example.com", "Ada Lovelace"),
            ("\"Lovelace, Ada\" <ada@example.com>", "ada@example.com", "Lovelace, Ada"),
            ("<ada@example.com>", "ada@example.com", "ada@example.com"),
            ("ada@example.com", "ada@example.com", "ada@example.com"),
            ("a <b> <c@example.com>", "c@example.com", "a <b>"),
        ] {
            let person = person(from).unwrap();
            assert_eq!((person.id.as_str(), person.name.as_str()), (id, name), "{from}");
        }
        assert!(person("Ada <>").is_none());
    }
}
