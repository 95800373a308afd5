//! Google Drive: its list of changes, and the channel that rings when it grows.
//!
//! Sources, all of Google's documentation of the Drive API: "Retrieve changes", "Notifications for resource changes", and the
//! pages of `changes`, `changes.list`, `changes.watch` and `files`.

mod change;
mod cursor;
mod seen;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::{Endpoints, FAMILY, Product, REFUSALS, api, channels, oauth};
use crate::{
    config::ProviderConfig,
    model::{ExternalAccount, SignalDraft, SignalKind},
    provider::{
        Answer, Api, Change, Delivery, Descriptor, Event, Fetched, Fetcher, Grant, Identity, Interpretation,
        LONGEST_CODE_LIFETIME, Malformed, ProviderFailure, Revocation, Session, SubscribeRequest, Subscriber,
        Subscription,
    },
};
use cursor::Cursor;
use seen::Seen;

/// Google Drive.
#[derive(Debug)]
pub(super) struct Drive;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    name: "google-drive",
    display_name: "Google Drive",
    family: FAMILY,
    settings: &[],
    scopes: &["https://www.googleapis.com/auth/drive.metadata.readonly"],
    webhook: channels::SCHEME,
    signal_kinds: &[SignalKind::FileCreated, SignalKind::FileUpdated, SignalKind::FileDeleted, SignalKind::FileMoved],
    refusals: REFUSALS,
    code_lifetime: LONGEST_CODE_LIFETIME,
    token_lifetime: Some(oauth::TOKEN_LIFETIME),
    data_centers: &[],
    revocation: Revocation::WithLastConnection,
};

/// Files of shared drives are in the list too, once the user has touched them.
const ALL_DRIVES: [(&str, &str); 1] = [("supportsAllDrives", "true")];

/// What of a change is read and stored. No content is: the scope doesn't reach it.
const FIELDS: &str = "nextPageToken,newStartPageToken,changes(changeType,time,removed,fileId,file(id,name,mimeType,\
                      webViewLink,createdTime,modifiedTime,trashed,parents,driveId,version,\
                      lastModifyingUser(displayName,emailAddress,permissionId),\
                      trashingUser(displayName,emailAddress,permissionId)))";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    start_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_page_token: Option<String>,
    new_start_page_token: Option<String>,
    #[serde(default)]
    changes: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    files: Vec<Box<RawValue>>,
}

fn endpoint(config: &ProviderConfig, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = Endpoints::of(config).apis(&format!("drive/v3/{path}"));
    url.query_pairs_mut().extend_pairs(ALL_DRIVES).extend_pairs(query);
    url
}

async fn start_page_token(session: &Session<'_>) -> Result<String, ProviderFailure> {
    let Start { start_page_token } =
        api::get(session, endpoint(session.api.config, "changes/startPageToken", &[])).await?;
    Ok(start_page_token)
}

/// Where to begin: at the present, and with what is known of the files that are most likely to change.
async fn begin(session: &Session<'_>) -> Result<Fetched, ProviderFailure> {
    // Before the files are listed, so that no move falls in between.
    let token = start_page_token(session).await?;
    let limit = seen::LIMIT.to_string();
    let recent = [
        ("orderBy", "modifiedTime desc"),
        ("pageSize", &limit),
        ("fields", "files(id,parents,trashed)"),
        ("includeItemsFromAllDrives", "true"),
    ];
    let Files { files } = api::get(session, endpoint(session.api.config, "files", &recent)).await?;
    let mut seen = Seen::default();
    for file in files.iter().rev().filter_map(|file| serde_json::from_str(file.get()).ok()) {
        seen.note(&file);
    }
    let cursor = Cursor { token, since: session.now.as_micros(), newest: session.now.as_micros(), seen };
    Ok(Fetched { changes: Vec::new(), cursor: cursor.to_text(), more: false })
}

#[async_trait]
impl Fetcher for Drive {
    fn interval(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        let Some(mut cursor) = cursor.and_then(Cursor::parse) else { return begin(session).await };
        let query = [
            ("pageToken", cursor.token.as_str()),
            ("pageSize", "100"),
            ("includeRemoved", "true"),
            ("includeItemsFromAllDrives", "true"),
            ("fields", FIELDS),
        ];
        let page: Page = match api::get(session, endpoint(session.api.config, "changes", &query)).await {
            // Drive doesn't know the token: what has changed since it was handed out can't be asked for any more.
            Err(ProviderFailure::Answered { status, error })
                if status == 410 || (status == 400 && error.as_ref().is_some_and(|it| it.as_str() == "invalid")) =>
            {
                return begin(session).await;
            }
            page => page?,
        };
        let mut changes = Vec::new();
        for payload in page.changes {
            let Ok(told) = serde_json::from_str::<change::Told>(payload.get()) else { continue };
            for kind in cursor.kinds(&told, session.now) {
                let draft = change::draft(kind, &told);
                let Some(key) = draft.as_ref().and_then(|_| told.key(kind)) else { continue };
                changes.extend(draft.map(|draft| Change { key, draft, payload: payload.clone() }));
            }
        }
        let (token, more) = match (page.next_page_token, page.new_start_page_token) {
            (Some(next), _) => (next, true),
            (None, Some(start)) => (start, false),
            (None, None) => return Err(ProviderFailure::Answered { status: 200, error: None }),
        };
        cursor.token = token;
        if !more {
            cursor.since = cursor.newest;
        }
        Ok(Fetched { changes, cursor: cursor.to_text(), more })
    }

    fn draft(&self, kind: SignalKind, _: &ExternalAccount, payload: &RawValue) -> Option<SignalDraft> {
        change::draft(kind, &serde_json::from_str(payload.get()).ok()?)
    }
}

#[async_trait]
impl Subscriber for Drive {
    fn margin(&self) -> Duration {
        channels::MARGIN
    }

    async fn subscribe(
        &self,
        session: &Session<'_>,
        request: &SubscribeRequest<'_>,
    ) -> Result<Vec<Subscription>, ProviderFailure> {
        let token = start_page_token(session).await?;
        let query = [("pageToken", token.as_str()), ("includeItemsFromAllDrives", "true")];
        channels::watch(session, endpoint(session.api.config, "changes/watch", &query), request).await
    }

    async fn unsubscribe(&self, session: &Session<'_>, subscription: &Subscription) -> Result<(), ProviderFailure> {
        channels::stop(session, Endpoints::of(session.api.config).apis("drive/v3/channels/stop"), subscription).await
    }
}

#[async_trait]
impl Product for Drive {
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        self.identity(&oauth::userinfo(api, grant).await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        oauth::account(answer)
    }

    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed> {
        channels::parse(delivery)
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        channels::interpret(event)
    }

    fn fetcher(&self) -> &dyn Fetcher {
        self
    }

    fn subscriber(&self) -> &dyn Subscriber {
        self
    }
}
