//! Gmail: messages, and the history of a mailbox. <https://developers.google.com/workspace/gmail/api/guides/sync>

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    failure::{Method, refused},
    fields,
    server::Server,
    store::{Account, random},
};
use crate::standin::params::Params;

const SCOPE: &str = "https://www.googleapis.com/auth/gmail.metadata";

/// "A watch must be renewed at least once every 7 days".
const WATCHED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An account's mailbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    messages: Vec<Message>,
    /// The records, numbered by their places; ids before `forgotten` are unknown.
    history: Vec<(u64, Value)>,
    next: u64,
    forgotten: u64,
    /// The topic that it publishes to, and until when.
    watch: Option<(String, DateTime<Utc>)>,
}

impl Default for Mailbox {
    fn default() -> Self {
        // History ids grow, but "typically with random gaps".
        Self { messages: Vec::new(), history: Vec::new(), next: 1_843, forgotten: 0, watch: None }
    }
}

#[derive(Debug, Clone)]
struct Message {
    id: String,
    labels: BTreeSet<String>,
    from: String,
    subject: String,
    at: DateTime<Utc>,
}

/// The mailbox of the account that is signed in; made by [`GoogleStandIn::gmail`](super::GoogleStandIn::gmail). Each method is
/// something that happens there, a second after what happened before.
#[derive(Debug)]
pub struct GmailUser<'a>(pub(super) &'a Server);

impl GmailUser<'_> {
    /// A message comes in; its id.
    pub fn receives(&self, from: &str, subject: &str) -> String {
        self.gets(&["INBOX", "UNREAD"], from, subject)
    }

    /// The user sends a message; its id.
    pub fn sends(&self, subject: &str) -> String {
        let account = self.0.store().account.clone();
        self.gets(&["SENT"], &format!("{} <{}>", account.name, account.email), subject)
    }

    /// A message gets there that has these labels; its id.
    pub fn gets(&self, labels: &[&str], from: &str, subject: &str) -> String {
        let id = random()[..16].to_owned();
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let message =
            Message { id: id.clone(), labels, from: from.into(), subject: subject.into(), at: DateTime::default() };
        self.record(|mailbox, now| {
            let message = Message { at: now, ..message };
            let record = json!({"messagesAdded": [{"message": message.reference()}]});
            mailbox.messages.push(message);
            record
        });
        id
    }

    /// A message gets a label and loses another one.
    pub fn labels(&self, id: &str, added: &str, removed: &str) {
        self.record(|mailbox, _| {
            let message =
                mailbox.messages.iter_mut().find(|message| message.id == id).expect("there is such a message");
            message.labels.insert(added.to_owned());
            message.labels.remove(removed);
            let reference = message.reference();
            json!({
                "labelsAdded": [{"message": reference, "labelIds": [added]}],
                "labelsRemoved": [{"message": reference, "labelIds": [removed]}],
            })
        });
    }

    /// A message is deleted for good.
    pub fn deletes(&self, id: &str) {
        self.record(|mailbox, _| {
            let place = mailbox.messages.iter().position(|message| message.id == id).expect("there is such a message");
            json!({"messagesDeleted": [{"message": mailbox.messages.remove(place).reference()}]})
        });
    }

    /// Gmail forgets the history so far.
    pub fn forgets_history(&self) {
        let mut store = self.0.store();
        let sub = store.account.sub.clone();
        let mailbox = store.mailboxes.entry(sub).or_default();
        mailbox.next += 10;
        mailbox.forgotten = mailbox.next;
    }

    fn record(&self, change: impl FnOnce(&mut Mailbox, DateTime<Utc>) -> Value) {
        let mut store = self.0.store();
        let (now, sub) = (store.tick(), store.account.sub.clone());
        let mailbox = store.mailboxes.entry(sub).or_default();
        let mut record = change(mailbox, now);
        mailbox.next += 3;
        record["id"] = json!(mailbox.next.to_string());
        mailbox.history.push((mailbox.next, record));
    }
}

impl Message {
    /// As history shows it.
    fn reference(&self) -> Value {
        json!({"id": self.id, "threadId": self.id, "labelIds": self.labels})
    }
}

impl Mailbox {
    /// What is published: `data` of a push message.
    pub(super) fn notice(&self, email: &str) -> Value {
        json!({"emailAddress": email, "historyId": self.next})
    }

    /// Whether something watches it.
    pub(super) fn is_watched(&self, now: DateTime<Utc>) -> bool {
        self.watch.as_ref().is_some_and(|(_, until)| *until > now)
    }
}

/// `users.getProfile`
pub(super) async fn profile(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    server.api(Method::Profile, &headers, SCOPE, |store, account| {
        let Account { sub, email, .. } = account;
        let mailbox = store.mailboxes.entry(sub).or_default();
        let count = mailbox.messages.len();
        let id = mailbox.next.to_string();
        let profile = json!({"emailAddress": email, "messagesTotal": count, "threadsTotal": count, "historyId": id});
        Json(profile).into_response()
    })
}

/// `users.history.list`
pub(super) async fn history(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::History, &headers, SCOPE, |store, account| {
        let mailbox = store.mailboxes.entry(account.sub).or_default();
        let Some(start) = params.get("startHistoryId").and_then(|id| id.parse::<u64>().ok()) else {
            return refused(400, "invalidArgument");
        };
        if start < mailbox.forgotten {
            return refused(404, "notFound");
        }
        let rest: Vec<&Value> = mailbox.history.iter().filter(|(id, _)| *id > start).map(|(_, it)| it).collect();
        let (from, end) = page(&params, rest.len(), server.page_size());
        let mut answer = json!({"historyId": mailbox.next.to_string()});
        // "history[]: …" is left out where there is none.
        if from < end {
            answer["history"] = json!(rest[from..end]);
        }
        if end < rest.len() {
            answer["nextPageToken"] = json!(end.to_string());
        }
        Json(answer).into_response()
    })
}

fn page(params: &Params, count: usize, longest: usize) -> (usize, usize) {
    let size = params.get("maxResults").and_then(|size| size.parse().ok()).unwrap_or(100);
    let from = params.get("pageToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    (count.min(from), count.min(from + size.clamp(1, longest)))
}

/// `users.messages.list`, newest first.
pub(super) async fn messages(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Messages, &headers, SCOPE, |store, account| {
        // "Parameter cannot be used when accessing the api using the gmail.metadata scope."
        if params.get("q").is_some() {
            return refused(403, "forbidden");
        }
        let mailbox = store.mailboxes.entry(account.sub).or_default();
        let all: Vec<Value> = mailbox
            .messages
            .iter()
            .rev()
            .filter(|message| !message.labels.contains("SPAM") && !message.labels.contains("TRASH"))
            .map(|message| json!({"id": message.id, "threadId": message.id}))
            .collect();
        let (from, end) = page(&params, all.len(), server.page_size());
        let mut answer = json!({"resultSizeEstimate": all.len()});
        if from < end {
            answer["messages"] = json!(all[from..end]);
        }
        if end < all.len() {
            answer["nextPageToken"] = json!(end.to_string());
        }
        Json(answer).into_response()
    })
}

/// `users.messages.get`
pub(super) async fn message(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Message, &headers, SCOPE, |store, account| {
        // The scope gives no other format but this one and `minimal`.
        if params.get("format") != Some("metadata") {
            return refused(403, "insufficientPermissions");
        }
        let mailbox = store.mailboxes.entry(account.sub).or_default();
        let Some(message) = mailbox.messages.iter().find(|message| message.id == id) else {
            return refused(404, "notFound");
        };
        let header = |name: &str, value: &str| json!({"name": name, "value": value});
        let answer = json!({
            "id": message.id, "threadId": message.id, "labelIds": message.labels,
            "snippet": "What is written in it is nobody's business.",
            "historyId": mailbox.next.to_string(),
            "internalDate": message.at.timestamp_millis().to_string(),
            "sizeEstimate": 2_048,
            "payload": {"mimeType": "text/plain", "headers": [
                header("Delivered-To", &account.email), header("From", &message.from),
                header("Date", &message.at.to_rfc2822()), header("Subject", &message.subject),
            ]},
        });
        match params.get("fields") {
            Some(fields) => Json(fields::cut(answer, Some(fields))).into_response(),
            None => Json(answer).into_response(),
        }
    })
}

/// `users.watch`
pub(super) async fn watch(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    server.api(Method::WatchMailbox, &headers, SCOPE, |store, account| {
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let Some(topic) = asked["topicName"].as_str().filter(|topic| topic.starts_with("projects/")) else {
            return refused(400, "invalidArgument");
        };
        let until = store.now() + WATCHED;
        let mailbox = store.mailboxes.entry(account.sub).or_default();
        mailbox.watch = Some((topic.to_owned(), until));
        let millis = until.timestamp_millis().to_string();
        Json(json!({"historyId": mailbox.next.to_string(), "expiration": millis})).into_response()
    })
}

/// `users.stop`
pub(super) async fn stop(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    server.api(Method::StopMailbox, &headers, SCOPE, |store, account| {
        store.mailboxes.entry(account.sub).or_default().watch = None;
        StatusCode::NO_CONTENT.into_response()
    })
}
