//! Drive: files, and the list of their changes. <https://developers.google.com/workspace/drive/api/guides/manage-changes>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    channels::Watched,
    failure::{Method, refused},
    fields,
    server::Server,
    store::{Account, Store, random, text},
};
use crate::standin::params::Params;

const SCOPE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";

/// An account's Drive.
#[derive(Debug, Default)]
pub(super) struct Drive {
    files: Vec<Value>,
    /// The file and the time of each change, oldest first; a page token is a place in here, counted from one.
    log: Vec<(String, DateTime<Utc>)>,
    /// Page tokens before this one are unknown.
    forgotten: usize,
}

/// The Drive of the account that is signed in; made by [`GoogleStandIn::drive`](super::GoogleStandIn::drive). Each method is
/// something that the user does, a second after what was done before.
#[derive(Debug)]
pub struct DriveUser<'a>(pub(super) &'a Server);

impl DriveUser<'_> {
    /// Makes a file with this name in the root folder; its id.
    pub fn creates(&self, name: &str) -> String {
        let id = format!("1{}", random());
        let file = json!({"id": id, "name": name, "parents": ["0AK4bHKp7aK3ZUk9PVA"], "trashed": false});
        self.change(&id, |files, _, now, user| {
            let mut file = file;
            let times = json!({"createdTime": text(now), "modifiedTime": text(now), "lastModifyingUser": user});
            if let (Some(file), Value::Object(times)) = (file.as_object_mut(), times) {
                file.extend(times);
            }
            file["mimeType"] = json!("application/vnd.google-apps.document");
            file["webViewLink"] = json!(format!("https://docs.google.com/document/d/{}/edit?usp=drivesdk", random()));
            files.push(file);
        });
        id
    }

    /// Writes in a file.
    pub fn modifies(&self, id: &str) {
        self.set(id, |file, now, user| {
            file["modifiedTime"] = json!(text(now));
            file["lastModifyingUser"] = user;
        });
    }

    /// Moves a file into a folder; that changes no time of it.
    pub fn moves(&self, id: &str, folder: &str) {
        self.set(id, |file, _, _| file["parents"] = json!([folder]));
    }

    /// Opens a file: a change too, of the user's own metadata.
    pub fn looks_at(&self, id: &str) {
        self.set(id, |file, now, _| file["viewedByMeTime"] = json!(text(now)));
    }

    /// Puts a file into the trash.
    pub fn trashes(&self, id: &str) {
        self.set(id, |file, _, _| file["trashed"] = json!(true));
    }

    /// Takes a file out of the trash.
    pub fn restores(&self, id: &str) {
        self.set(id, |file, _, _| file["trashed"] = json!(false));
    }

    /// Deletes a file for good.
    pub fn deletes(&self, id: &str) {
        self.change(id, |files, id, _, _| files.retain(|file| file["id"] != id));
    }

    /// Drive forgets the page tokens that it has handed out so far.
    pub fn forgets_page_tokens(&self) {
        let mut store = self.0.store();
        let sub = store.account.sub.clone();
        let drive = store.drives.entry(sub).or_default();
        drive.forgotten = drive.log.len() + 1;
        drive.log.push((String::new(), Utc::now()));
    }

    fn set(&self, id: &str, change: impl FnOnce(&mut Value, DateTime<Utc>, Value)) {
        self.change(id, |files, id, now, user| {
            let file = files.iter_mut().find(|file| file["id"] == id).expect("there is such a file");
            change(file, now, user);
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Vec<Value>, &str, DateTime<Utc>, Value)) {
        let mut store = self.0.store();
        let (now, account) = (store.tick(), store.account.clone());
        let drive = store.drives.entry(account.sub.clone()).or_default();
        change(&mut drive.files, id, now, user(&account));
        drive.log.push((id.to_owned(), now));
    }
}

fn user(account: &Account) -> Value {
    json!({
        "displayName": account.name,
        "emailAddress": account.email,
        "permissionId": account.sub.chars().rev().collect::<String>(),
    })
}

impl Drive {
    /// A page of changes from a place on: of each file the last one.
    fn changes(&self, from: usize, size: usize) -> Value {
        let rest = self.log.get(from - 1..).unwrap_or_default();
        let end = rest.len().min(size);
        let mut changes = Vec::new();
        for (index, (id, time)) in rest[..end].iter().enumerate() {
            if id.is_empty() || rest[index + 1..].iter().any(|(later, _)| later == id) {
                continue;
            }
            let file = self.files.iter().find(|file| file["id"] == *id);
            let mut change = json!({
                "kind": "drive#change", "changeType": "file", "type": "file",
                "time": text(*time), "fileId": id, "removed": file.is_none(),
            });
            if let Some(file) = file {
                change["file"] = file.clone();
            }
            changes.push(change);
        }
        let next = (from + end).to_string();
        // "nextPageToken: … absent if the end of the changes list has been reached"; then there is a "newStartPageToken".
        let token = if end < rest.len() { "nextPageToken" } else { "newStartPageToken" };
        json!({"kind": "drive#changeList", token: next, "changes": changes})
    }
}

fn drive(store: &mut Store, account: Account) -> &mut Drive {
    store.drives.entry(account.sub).or_default()
}

/// `changes.getStartPageToken`
pub(super) async fn start_page_token(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    server.api(Method::StartPageToken, &headers, SCOPE, |store, account| {
        let next = drive(store, account).log.len() + 1;
        Json(json!({"kind": "drive#startPageToken", "startPageToken": next.to_string()})).into_response()
    })
}

/// `changes.list`
pub(super) async fn changes(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Changes, &headers, SCOPE, |store, account| {
        let drive = drive(store, account);
        let from = params.get("pageToken").and_then(|token| token.parse().ok());
        let Some(from) = from.filter(|from| (drive.forgotten + 1..=drive.log.len() + 1).contains(from)) else {
            return refused(400, "invalid");
        };
        let size = params.get("pageSize").and_then(|size| size.parse().ok()).unwrap_or(100);
        Json(fields::cut(drive.changes(from, size.clamp(1, server.page_size())), params.get("fields"))).into_response()
    })
}

/// `files.list`, last modified first.
pub(super) async fn files(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Files, &headers, SCOPE, |store, account| {
        let mut files = drive(store, account).files.clone();
        files.sort_by_key(|file| std::cmp::Reverse(file["modifiedTime"].as_str().map(str::to_owned)));
        Json(fields::cut(json!({"kind": "drive#fileList", "files": files}), params.get("fields"))).into_response()
    })
}

/// `changes.watch`
pub(super) async fn watch(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Watch, &headers, SCOPE, |store, account| {
        // "pageToken: Required"
        if params.get("pageToken").is_none() {
            return refused(400, "required");
        }
        let now = store.now();
        store.channels.watch(&account.sub, Watched::Drive, &body, now)
    })
}

/// `channels.stop`
pub(super) async fn stop(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    server.api(Method::Stop, &headers, SCOPE, |store, account| store.channels.stop(&account.sub, &body))
}
