//! Google Calendar: the events of the user's primary calendar, and the channel that rings when one changes.
//!
//! Sources, all of Google's documentation of the Calendar API: "Synchronize resources efficiently", "Push notifications", "Events",
//! "Recurring events", and the pages of `events`, `events.list` and `events.watch`.

mod cursor;
mod event;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::{Endpoints, FAMILY, Product, REFUSALS, api, channels, oauth};
use crate::{
    config::ProviderConfig,
    model::{ExternalAccount, SignalDraft, SignalKind, Timestamp},
    provider::{
        Answer, Api, Change, Delivery, Descriptor, Event, Fetched, Fetcher, Grant, Identity, Interpretation,
        LONGEST_CODE_LIFETIME, Malformed, ProviderFailure, Revocation, Session, SubscribeRequest, Subscriber,
        Subscription,
    },
};
use cursor::{Cursor, Place};

/// Google Calendar.
#[derive(Debug)]
pub(super) struct Calendar;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    name: "google-calendar",
    display_name: "Google Calendar",
    family: FAMILY,
    settings: &[],
    scopes: &["https://www.googleapis.com/auth/calendar.events.readonly"],
    webhook: channels::SCHEME,
    signal_kinds: &[
        SignalKind::CalendarEventCreated,
        SignalKind::CalendarEventUpdated,
        SignalKind::CalendarEventDeleted,
    ],
    refusals: REFUSALS,
    code_lifetime: LONGEST_CODE_LIFETIME,
    token_lifetime: Some(oauth::TOKEN_LIFETIME),
    data_centers: &[],
    revocation: Revocation::WithLastConnection,
};

/// How long before the connection an event may have ended whose changes are told.
const PAST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What of an event is read and stored. Descriptions, guests and attachments are left with Google.
const ITEMS: &str = "items(id,status,etag,htmlLink,created,updated,summary,location,creator,organizer,start,end,\
                     recurrence,recurringEventId,originalStartTime,iCalUID,sequence,eventType,visibility)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
    /// When the calendar changed last.
    updated: Option<String>,
    #[serde(default)]
    items: Vec<Box<RawValue>>,
}

fn endpoint(config: &ProviderConfig, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = Endpoints::of(config).apis(&format!("calendar/v3/{path}"));
    url.query_pairs_mut().extend_pairs(query);
    url
}

/// A page of events. A series is one event here, and each of its instances that was changed another: `singleEvents` would make
/// every change of a series one of each instance.
async fn page(session: &Session<'_>, cursor: &Cursor) -> Result<Page, ProviderFailure> {
    let is_first = cursor.since.is_none();
    // At first all that is wanted of the events is the token that stands after the last of them.
    let items = if is_first { "items(id)" } else { ITEMS };
    let fields = format!("nextPageToken,nextSyncToken,updated,{items}");
    let mut query = vec![("maxResults", "100"), ("showDeleted", "true"), ("fields", fields.as_str())];
    match &cursor.place {
        Place::Sync(token) => query.push(("syncToken", token)),
        Place::SyncPage { token, page } => query.extend([("syncToken", token.as_str()), ("pageToken", page)]),
        Place::Full { from, page } => {
            query.push(("timeMin", from));
            query.extend(page.as_ref().map(|page| ("pageToken", page.as_str())));
        }
    }
    api::get(session, endpoint(session.api.config, "calendars/primary/events", &query)).await
}

#[async_trait]
impl Fetcher for Calendar {
    fn interval(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        let from = || session.now.before(PAST).to_string();
        let mut cursor = cursor.and_then(Cursor::parse).unwrap_or_else(|| Cursor::begin(from()));
        let page = match page(session, &cursor).await {
            // "410 … fullSyncRequired, updatedMinTooLongAgo": all is listed again, and what is new in it is told.
            Err(ProviderFailure::Answered { status: 410, .. }) => {
                cursor.start_over(from());
                return Ok(Fetched { changes: Vec::new(), cursor: cursor.to_text(), more: true });
            }
            page => page?,
        };
        let mut changes = Vec::new();
        for payload in page.items {
            let Ok(event) = serde_json::from_str::<event::Told>(payload.get()) else { continue };
            let Some(kind) = cursor.kind(&event, session.now) else { continue };
            let Some(draft) = event::draft(kind, session.account, &event) else { continue };
            changes.extend(event.key().map(|key| Change { key, draft, payload }));
        }
        cursor.note(page.updated.and_then(|at| Timestamp::parse(&at).ok()), session.now);
        let more = match (page.next_page_token, page.next_sync_token) {
            (Some(next), _) => cursor.turn(next),
            (None, Some(token)) => cursor.finish(token, session.now),
            (None, None) => return Err(ProviderFailure::Answered { status: 200, error: None }),
        };
        Ok(Fetched { changes, cursor: cursor.to_text(), more })
    }

    fn draft(&self, kind: SignalKind, account: &ExternalAccount, payload: &RawValue) -> Option<SignalDraft> {
        event::draft(kind, account, &serde_json::from_str(payload.get()).ok()?)
    }
}

#[async_trait]
impl Subscriber for Calendar {
    fn margin(&self) -> Duration {
        channels::MARGIN
    }

    async fn subscribe(
        &self,
        session: &Session<'_>,
        request: &SubscribeRequest<'_>,
    ) -> Result<Vec<Subscription>, ProviderFailure> {
        channels::watch(session, endpoint(session.api.config, "calendars/primary/events/watch", &[]), request).await
    }

    async fn unsubscribe(&self, session: &Session<'_>, subscription: &Subscription) -> Result<(), ProviderFailure> {
        channels::stop(session, endpoint(session.api.config, "channels/stop", &[]), subscription).await
    }
}

#[async_trait]
impl Product for Calendar {
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
