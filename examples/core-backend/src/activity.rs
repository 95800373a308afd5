//! Step 5: the activity timeline.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use chrono::{DateTime, Utc};
use connectors_client::{Error, Signal, SignalId};
use serde::{Deserialize, Serialize};

use crate::{failure::Failure, link, session::TenantMember};

/// What the timeline is narrowed to: the query of its address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Filter {
    /// A provider's slug.
    #[serde(default)]
    pub provider: String,
    /// A signal kind.
    #[serde(default)]
    pub kind: String,
    /// How many at once.
    pub limit: Option<u32>,
    /// Where to go on.
    pub cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Filter {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(filter)| filter).map_err(|_| Failure::not_understood())
    }
}

// ANCHOR: page
/// A line of the timeline.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// The signal's id.
    pub id: SignalId,
    /// What happened.
    pub kind: String,
    /// One line.
    pub title: String,
    /// Its page at the provider.
    pub url: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// Where.
    pub source: Option<String>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A page of the timeline, newest first.
#[derive(Debug, Serialize)]
pub struct Timeline {
    /// Its lines.
    pub items: Vec<Item>,
    /// What "load more" brings back as `cursor`.
    pub next_cursor: Option<String>,
}

/// A page of the tenant's signals.
///
/// # Errors
/// If the service does not answer, or does not know a filter.
pub async fn page(member: &TenantMember, filter: &Filter) -> Result<Timeline, Error> {
    let mut signals = member.tenant.signals().page_size(filter.limit.unwrap_or(25));
    if !filter.provider.is_empty() {
        signals = signals.provider(&filter.provider);
    }
    if !filter.kind.is_empty() {
        signals = signals.kind(filter.kind.as_str());
    }
    if let Some(cursor) = &filter.cursor {
        signals = signals.resume_from(cursor.as_str());
    }
    let page = signals.page().await?;
    let next_cursor = page.next_cursor.map(|cursor| cursor.as_str().to_owned());
    Ok(Timeline { items: page.items.into_iter().map(Item::from).collect(), next_cursor })
}
// ANCHOR_END: page

/// How far down a timeline its former top is looked for.
const MOST_NEW: u32 = 100;

/// What has come in above the newest line of a timeline, if that had one; `None` if it is too much for one page.
///
/// # Errors
/// As [`page`].
pub async fn above(member: &TenantMember, filter: &Filter, top: Option<SignalId>) -> Result<Option<Vec<Item>>, Error> {
    let newest = Filter { limit: Some(MOST_NEW), cursor: None, ..filter.clone() };
    let Timeline { mut items, next_cursor } = page(member, &newest).await?;
    let new = match items.iter().position(|item| Some(item.id) == top) {
        None if top.is_none() && next_cursor.is_none() => Some(items.len()),
        found => found,
    };
    Ok(new.map(|new| {
        items.truncate(new);
        items
    }))
}

impl From<Signal> for Item {
    fn from(signal: Signal) -> Self {
        Self {
            id: signal.id,
            kind: signal.kind.as_str().to_owned(),
            title: signal.title,
            url: signal.url.filter(|url| link::is_web(url)),
            actor: signal.actor.map(|actor| actor.name),
            source: signal.source.map(|source| source.name),
            occurred_at: signal.occurred_at,
        }
    }
}
