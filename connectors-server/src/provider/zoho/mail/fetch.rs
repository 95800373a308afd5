//! Looking through the folders of what was sent, of which no delivery tells, and of what came in, of which a delivery may have
//! got lost: "Get All Folders" and "Get Emails List".
//!
//! Zoho lists emails with the newest first, and by their places, which change when others come or go. So each page begins with the
//! last email of the page before; if it isn't there any more, the folder is looked through from its beginning again.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use url::Url;

use super::events::{self, Email, KEPT};
use crate::{
    model::{ExternalAccount, SignalDraft, SignalKind, Timestamp},
    provider::{
        Change, Fetched, Fetcher, ProviderFailure, Session,
        delivery::kept,
        zoho::{
            oauth::{self, Hosts},
            text::Number,
        },
    },
};

/// The folders that are read, by their type, and what an email in them is.
const FOLDERS: [(&str, SignalKind); 2] = [("Sent", SignalKind::EmailSent), ("Inbox", SignalKind::EmailReceived)];

const PAGE: usize = 50;

/// A folder is looked through no further than to this place.
const FARTHEST: usize = 10_000;

/// How late an email may get into a folder, and how much Zoho's clock may differ.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// Reads a mailbox's folders.
#[derive(Debug)]
pub(super) struct Folders;

/// Where each of [`FOLDERS`] was read to. Times are in microseconds since 1970.
#[derive(Serialize, Deserialize)]
struct Cursor {
    folders: Vec<Folder>,
    walk: Option<Walk>,
}

#[derive(Serialize, Deserialize)]
struct Folder {
    id: String,
    /// What is older was there before the connection, as were these emails, which are not.
    begun: i64,
    there: Vec<String>,
    /// The folder was read to here.
    since: i64,
}

/// On its way through a folder.
#[derive(Serialize, Deserialize)]
struct Walk {
    folder: usize,
    /// At which place the next page begins, with which email, and to where the folder is read when all pages are.
    start: usize,
    last: Option<String>,
    until: Option<i64>,
}

/// An answer of Zoho Mail's.
#[derive(Deserialize)]
struct Data {
    data: Vec<Box<RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Listed {
    folder_id: Option<Number>,
    folder_name: Option<String>,
    folder_type: Option<String>,
}

/// An email of a page.
struct Row {
    email: Email,
    id: Option<String>,
    at: Option<Timestamp>,
    payload: Box<RawValue>,
}

#[async_trait]
impl Fetcher for Folders {
    fn interval(&self) -> Duration {
        Duration::from_secs(5 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        let cursor = cursor.and_then(|text| serde_json::from_str::<Cursor>(text).ok());
        let Some(mut cursor) = cursor.filter(|cursor| cursor.folders.len() == FOLDERS.len()) else {
            return Ok(fetched(Vec::new(), &begin(session).await?));
        };
        let walk = cursor.walk.take().filter(|walk| walk.folder < FOLDERS.len());
        let walk = walk.unwrap_or(Walk { folder: 0, start: 1, last: None, until: None });
        let rows = rows(session, &cursor.folders[walk.folder].id, walk.start).await?;
        Ok(read(session, cursor, walk, rows))
    }

    fn draft(&self, kind: SignalKind, account: &ExternalAccount, payload: &RawValue) -> Option<SignalDraft> {
        events::draft(&serde_json::from_str(payload.get()).ok()?, kind, Some(account))
    }
}

fn fetched(changes: Vec<Change>, cursor: &Cursor) -> Fetched {
    let text = serde_json::to_string(cursor).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"));
    Fetched { changes, cursor: text, more: cursor.walk.is_some() }
}

async fn begin(session: &Session<'_>) -> Result<Cursor, ProviderFailure> {
    let listed = get(session, "folders", &[]).await?;
    let listed: Vec<Listed> = listed.iter().map(|raw| serde_json::from_str(raw.get()).unwrap_or_default()).collect();
    let mut folders = Vec::new();
    for (kind, _) in FOLDERS {
        let is = |text: &Option<String>| text.as_deref() == Some(kind);
        let mut of_kind: Vec<&Listed> = listed.iter().filter(|folder| is(&folder.folder_type)).collect();
        // Folders below it may be of its type too.
        of_kind.sort_by_key(|folder| !is(&folder.folder_name));
        let id = of_kind.first().and_then(|folder| folder.folder_id.as_ref()?.digits());
        let id = id.ok_or(ProviderFailure::Answered { status: 200, error: None })?;
        let rows = rows(session, &id, 1).await?;
        let begun = until(session.now, &rows);
        let there = rows.into_iter().filter(|row| row.is_since(begun)).filter_map(|row| row.id).collect();
        folders.push(Folder { id, begun, there, since: begun });
    }
    Ok(Cursor { folders, walk: None })
}

/// The time of the newest email, unless it is out of the ordinary.
fn until(now: Timestamp, rows: &[Row]) -> i64 {
    let newest = rows.iter().filter_map(|row| row.at).max().unwrap_or(Timestamp::MIN);
    newest.clamp(now.before(OVERLAP), now).as_micros()
}

fn read(session: &Session<'_>, mut cursor: Cursor, walk: Walk, rows: Vec<Row>) -> Fetched {
    let Walk { folder: number, start, last, until: known } = walk;
    if start > 1 && last.is_some() && rows.iter().all(|row| row.id != last) {
        cursor.walk = Some(Walk { folder: number, start: 1, last: None, until: known });
        return fetched(Vec::new(), &cursor);
    }
    let (folder, kind) = (&mut cursor.folders[number], FOLDERS[number].1);
    // A way that was begun again ends where it would have ended.
    let until = known.unwrap_or_else(|| until(session.now, &rows));
    let floor = Timestamp::from_micros(folder.since).before(OVERLAP).as_micros().max(folder.begun);
    let ends = rows.len() < PAGE
        || start + PAGE > FARTHEST
        || rows.iter().rev().find(|row| row.at.is_some()).is_some_and(|row| !row.is_since(floor));
    let next = match rows.last().and_then(|row| row.id.clone()) {
        Some(last) => Walk { folder: number, start: start + rows.len() - 1, last: Some(last), until: Some(until) },
        None => Walk { folder: number, start: start + rows.len(), last: None, until: Some(until) },
    };
    let is_new = |row: &Row| row.is_since(floor) && row.id.as_ref().is_some_and(|id| !folder.there.contains(id));
    let changes = rows.into_iter().filter(is_new).filter_map(|row| row.change(kind, session.account)).collect();
    if ends {
        folder.since = until;
        let number = number + 1;
        cursor.walk = (number < FOLDERS.len()).then_some(Walk { folder: number, start: 1, last: None, until: None });
    } else {
        cursor.walk = Some(next);
    }
    fetched(changes, &cursor)
}

/// A page of a folder; `start` counts from 1.
async fn rows(session: &Session<'_>, folder: &str, start: usize) -> Result<Vec<Row>, ProviderFailure> {
    let query = [
        ("folderId", folder),
        ("start", &start.to_string()),
        ("limit", &PAGE.to_string()),
        ("sortBy", "date"),
        ("sortorder", "false"),
        ("includeto", "true"),
    ];
    let rows = get(session, "messages/view", &query).await?;
    Ok(rows.iter().map(|raw| Row::of(raw)).collect())
}

async fn get(session: &Session<'_>, path: &str, query: &[(&str, &str)]) -> Result<Vec<Box<RawValue>>, ProviderFailure> {
    let account = session.metadata.get("account_id").and_then(Value::as_str).unwrap_or_default();
    let mut url: Url = Hosts::of(session.api.config, session.grant).mail(&format!("api/accounts/{account}/{path}"));
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let answer = oauth::get_long(session.api.http, url, session.grant).await?;
    let read = serde_json::from_slice::<Data>(&answer.body).ok().filter(|_| answer.status.is_success());
    read.map(|Data { data }| data).ok_or_else(|| oauth::failure(&answer))
}

impl Row {
    /// One that is not as documented has no id or time, and is passed over: it would be in the way of all others for good.
    fn of(raw: &RawValue) -> Self {
        let payload = kept(raw, KEPT);
        let email: Email = serde_json::from_str(payload.get()).unwrap_or_default();
        Self { id: email.id(), at: email.at(), email, payload }
    }

    fn is_since(&self, micros: i64) -> bool {
        self.at.is_some_and(|at| at.as_micros() >= micros)
    }

    fn change(self, kind: SignalKind, account: &ExternalAccount) -> Option<Change> {
        let key = self.email.version(kind)?;
        Some(Change { key, draft: events::draft(&self.email, kind, Some(account))?, payload: self.payload })
    }
}
