//! Reading a mailbox's history, from where it was read to.
//!
//! Gmail forgets history after a week or so, sometimes after hours. Then the mail is told that came in or was sent since the last
//! fetch; which labels changed meanwhile, and what was deleted, can't be told any more.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::{
    Profile, endpoint,
    history::{self, Happened, Record, Reference, is_id},
    message::{self, HEADERS, Message, Payload},
};
use crate::{
    model::Timestamp,
    provider::{Change, Fetched, ProviderFailure, Session, google::api},
};

/// How many records and messages are read at once, and how many messages are asked for at the same time.
const PAGE: &str = "50";
const AT_ONCE: usize = 8;

/// How far back the mail is looked at that came in before the last fetch: some may have been on its way into the history.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

#[derive(Serialize, Deserialize)]
struct Cursor {
    place: Place,
    /// When the first fetch was made, and the last one that came to its end; in microseconds since 1970.
    begun: i64,
    since: i64,
}

#[derive(Serialize, Deserialize)]
enum Place {
    /// The history after this id, or a page of it.
    History { start: String, page: Option<String> },
    /// The mail that came in meanwhile, newest first; then the history after this id.
    Gap { then: String, page: Option<String> },
}

/// A page of `users.messages.list`, newest first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    messages: Vec<Reference>,
    next_page_token: Option<String>,
}

pub(super) async fn fetch(session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
    let Some(cursor) = cursor.and_then(|text| serde_json::from_str::<Cursor>(text).ok()) else {
        let now = session.now.as_micros();
        let place = Place::History { start: present(session).await?, page: None };
        return Ok(fetched(Vec::new(), &Cursor { place, begun: now, since: now }, false));
    };
    match &cursor.place {
        Place::History { start, page } => match history(session, start, page.as_deref()).await {
            // "If the startHistoryId is too old, … HTTP 404".
            Err(ProviderFailure::Answered { status: 404, .. }) => {
                let place = Place::Gap { then: present(session).await?, page: None };
                Ok(fetched(Vec::new(), &Cursor { place, ..cursor }, true))
            }
            page => of_history(session, &cursor, start, page?).await,
        },
        Place::Gap { then, page } => of_gap(session, &cursor, then, page.as_deref()).await,
    }
}

fn fetched(changes: Vec<Change>, cursor: &Cursor, more: bool) -> Fetched {
    let cursor = serde_json::to_string(cursor).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"));
    Fetched { changes, cursor, more }
}

async fn present(session: &Session<'_>) -> Result<String, ProviderFailure> {
    let Profile { history_id, .. } = api::get(session, endpoint(session.api.config, "profile")).await?;
    Ok(history_id)
}

async fn history(session: &Session<'_>, start: &str, page: Option<&str>) -> Result<history::Page, ProviderFailure> {
    let mut url = endpoint(session.api.config, "history");
    url.query_pairs_mut()
        .append_pair("startHistoryId", start)
        .append_pair("maxResults", PAGE)
        .extend_pairs(page.map(|page| ("pageToken", page)));
    api::get(session, url).await
}

async fn of_history(
    session: &Session<'_>,
    cursor: &Cursor,
    start: &str,
    page: history::Page,
) -> Result<Fetched, ProviderFailure> {
    let happened: Vec<Happened> = page.history.iter().flat_map(Record::happened).collect();
    let wanted = happened.iter().filter(|it| it.is_there).map(|it| it.message.clone());
    let messages = messages(session, wanted).await?;
    let mut changes = Vec::new();
    for Happened { kind, message, key, record, is_there } in happened {
        // A message that is gone by now was deleted, which history tells later on.
        let message = messages.get(&message).cloned();
        if message.is_some() == is_there {
            changes.extend(change(session, kind, key, Payload { history: record, message }));
        }
    }
    let more = page.next_page_token.is_some();
    let place = match page.next_page_token {
        Some(token) => Place::History { start: start.to_owned(), page: Some(token) },
        None => Place::History { start: page.history_id.unwrap_or_else(|| start.to_owned()), page: None },
    };
    let since = if more { cursor.since } else { session.now.as_micros() };
    Ok(fetched(changes, &Cursor { place, since, begun: cursor.begun }, more))
}

async fn of_gap(
    session: &Session<'_>,
    cursor: &Cursor,
    then: &str,
    page: Option<&str>,
) -> Result<Fetched, ProviderFailure> {
    let mut url = endpoint(session.api.config, "messages");
    url.query_pairs_mut().append_pair("maxResults", PAGE).extend_pairs(page.map(|page| ("pageToken", page)));
    let Listed { messages: listed, next_page_token } = api::get(session, url).await?;
    let ids = listed.into_iter().map(|message| message.id).filter(|id| is_id(id));
    let messages = messages(session, ids).await?;
    let since = Timestamp::from_micros(cursor.since).before(OVERLAP).as_micros().max(cursor.begun);
    let is_new = |message: &Message| message.received().is_some_and(|at| at.as_micros() > since);
    let reaches_back = messages.values().any(|message| !is_new(message));
    let mut changes = Vec::new();
    for message in messages.into_values().filter(is_new) {
        let reference = Reference {
            id: message.id.clone(),
            thread_id: message.thread_id.clone(),
            label_ids: message.label_ids.clone(),
        };
        if let Some(Happened { kind, key, record, .. }) = Happened::added(then, &reference) {
            changes.extend(change(session, kind, key, Payload { history: record, message: Some(message) }));
        }
    }
    let (place, more) = match next_page_token.filter(|_| !reaches_back) {
        Some(token) => (Place::Gap { then: then.to_owned(), page: Some(token) }, true),
        None => (Place::History { start: then.to_owned(), page: None }, true),
    };
    Ok(fetched(changes, &Cursor { place, begun: cursor.begun, since: cursor.since }, more))
}

fn change(session: &Session<'_>, kind: crate::model::SignalKind, key: String, payload: Payload) -> Option<Change> {
    let draft = message::draft(kind, session.account, &payload)?;
    Some(Change { key, draft, payload: to_raw_value(&payload).ok()? })
}

/// The metadata of messages, each asked for once; those that are gone are left out.
async fn messages(
    session: &Session<'_>,
    ids: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, Message>, ProviderFailure> {
    let ids: std::collections::BTreeSet<String> = ids.collect();
    let asked = ids.into_iter().map(|id| async move {
        let mut url = endpoint(session.api.config, &format!("messages/{id}"));
        url.query_pairs_mut()
            .append_pair("format", "metadata")
            .extend_pairs(HEADERS.map(|name| ("metadataHeaders", name)))
            .append_pair("fields", "id,threadId,labelIds,internalDate,payload(headers)");
        match api::get::<Message>(session, url).await {
            Ok(message) if message.id == id => Ok(Some((id, message.bounded()))),
            Ok(_) => Err(ProviderFailure::Answered { status: 200, error: None }),
            Err(ProviderFailure::Answered { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    });
    let found: Vec<Option<_>> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
