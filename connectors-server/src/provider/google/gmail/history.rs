//! A mailbox's history, and what its records mean.
//!
//! | record | becomes |
//! |---|---|
//! | `messagesAdded` with the label `SENT` | `email_sent` |
//! | any other `messagesAdded` | `email_received` |
//! | `labelsAdded` with `TRASH`; `messagesDeleted` of what was not in the trash | `email_deleted` |
//! | any other `labelsAdded`, `labelsRemoved` | `email_updated`, one for a record and a message |
//!
//! Drafts, spam and chats are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::SignalKind;

/// A page of `users.history.list`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) history: Vec<Record>,
    pub(super) next_page_token: Option<String>,
    /// Absent in no answer of the documentation's, but a page must not be lost if it is.
    pub(super) history_id: Option<String>,
}

/// A record, or of one what concerns a message.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages_added: Vec<Touched>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages_deleted: Vec<Touched>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels_added: Vec<Touched>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels_removed: Vec<Touched>,
}

/// A message, and the labels that it got or lost.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Touched {
    message: Reference,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    label_ids: Vec<String>,
}

/// A message as history tells of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) label_ids: Vec<String>,
}

/// What has happened to a message.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) kind: SignalKind,
    pub(super) message: String,
    /// The message and the version of it.
    pub(super) key: String,
    /// What of the record concerns it.
    pub(super) record: Record,
    /// Whether the message can still be read.
    pub(super) is_there: bool,
}

impl Happened {
    /// That a message was added, whatever record tells it.
    pub(super) fn added(history_id: &str, message: &Reference) -> Option<Self> {
        let kind = kind_of_added(&message.label_ids)?;
        let touched = Touched { message: message.clone(), ..Touched::default() };
        let record = Record { id: history_id.to_owned(), messages_added: vec![touched], ..Record::default() };
        let (key, message) = (format!("{}/added", message.id), message.id.clone());
        Some(Self { kind, key, message, record, is_there: true })
    }
}

/// What the labels make of a message that is new.
fn kind_of_added(labels: &[String]) -> Option<SignalKind> {
    match labels {
        _ if !is_told(labels) => None,
        _ if has(labels, "SENT") => Some(SignalKind::EmailSent),
        _ => Some(SignalKind::EmailReceived),
    }
}

fn has(labels: &[String], label: &str) -> bool {
    labels.iter().any(|known| known == label)
}

fn is_told(labels: &[String]) -> bool {
    !["DRAFT", "SPAM", "CHAT"].iter().any(|label| has(labels, label))
}

/// An id, if it looks like one of Gmail's: it is stored, and stands in links.
pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Record {
    /// What has happened, in the order in which Gmail lists it.
    pub(super) fn happened(&self) -> Vec<Happened> {
        if !is_id(&self.id) {
            return Vec::new();
        }
        let told = |touched: &&Touched| is_id(&touched.message.id) && is_told(&touched.message.label_ids);
        let id = self.id.clone();
        let mut happened = Vec::new();
        for touched in self.messages_added.iter().filter(told) {
            happened.extend(Happened::added(&id, &touched.message));
        }
        let mut labelled: BTreeMap<&str, Self> = BTreeMap::new();
        for (touched, is_added) in
            self.labels_added.iter().map(|it| (it, true)).chain(self.labels_removed.iter().map(|it| (it, false)))
        {
            if told(&touched) {
                let record = labelled.entry(&touched.message.id).or_default();
                record.id.clone_from(&id);
                let list = if is_added { &mut record.labels_added } else { &mut record.labels_removed };
                list.push(touched.clone());
            }
        }
        for (message, record) in labelled {
            let is_trashed = record.labels_added.iter().any(|touched| has(&touched.label_ids, "TRASH"));
            let (kind, what) = match is_trashed {
                true => (SignalKind::EmailDeleted, "trashed"),
                false => (SignalKind::EmailUpdated, "labels"),
            };
            let key = format!("{message}/{id}/{what}");
            happened.push(Happened { kind, message: message.to_owned(), key, record, is_there: true });
        }
        // One that was in the trash was told when it came there.
        let deleted = self.messages_deleted.iter().filter(told);
        for touched in deleted.filter(|touched| !has(&touched.message.label_ids, "TRASH")) {
            let record = Self { id: id.clone(), messages_deleted: vec![touched.clone()], ..Self::default() };
            let (message, key) = (touched.message.id.clone(), format!("{}/deleted", touched.message.id));
            happened.push(Happened { kind: SignalKind::EmailDeleted, message, key, record, is_there: false });
        }
        happened
    }
}
