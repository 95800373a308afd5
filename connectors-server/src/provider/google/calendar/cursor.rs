//! Where the events were read to, and how their changes are told apart.
//!
//! A sync token gives the events that have changed since it was handed out, each as it is now. To get the first one all
//! events are listed, and none of them is told: they were there before. When Google doesn't take a token any more, all are
//! listed again, and those are told that have changed since the last fetch that came to its end; as a change is known by event and
//! version, none is stored twice.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Told;
use crate::model::{SignalKind, Timestamp};

/// How far Google's clock may be ahead of this machine's.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// The times are Google's own, in microseconds since 1970.
#[derive(Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) place: Place,
    /// The last change that the fetches before this one told; none before the first has come to its end.
    pub(super) since: Option<i64>,
    /// The same, with the pages so far of this one.
    newest: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Place {
    /// All that has changed since this token.
    Sync(String),
    /// A further page of that.
    SyncPage { token: String, page: String },
    /// All events that had not ended by then.
    Full { from: String, page: Option<String> },
}

impl Cursor {
    pub(super) fn begin(from: String) -> Self {
        Self { place: Place::Full { from, page: None }, since: None, newest: i64::MIN }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"))
    }

    pub(super) fn start_over(&mut self, from: String) {
        self.place = Place::Full { from, page: None };
        self.newest = self.since.unwrap_or(i64::MIN);
    }

    /// Notes when something changed. A time that is far ahead would make all that follows look old.
    pub(super) fn note(&mut self, at: Option<Timestamp>, now: Timestamp) {
        if let Some(at) = at {
            self.newest = self.newest.max(at.min(now.after(AHEAD)).as_micros());
        }
    }

    /// What has happened to an event, if it is news.
    pub(super) fn kind(&mut self, event: &Told, now: Timestamp) -> Option<SignalKind> {
        self.note(event.updated(), now);
        let since = self.since?;
        let is_new = |at: Option<Timestamp>| at.is_some_and(|at| at.as_micros() > since);
        if matches!(self.place, Place::Full { .. }) && !is_new(event.updated()) {
            return None;
        }
        Some(if event.is_cancelled() {
            SignalKind::CalendarEventDeleted
        } else if is_new(event.created()) {
            SignalKind::CalendarEventCreated
        } else {
            SignalKind::CalendarEventUpdated
        })
    }

    /// Goes on to the next page; there is one now.
    pub(super) fn turn(&mut self, next: String) -> bool {
        match &mut self.place {
            Place::Sync(token) => self.place = Place::SyncPage { token: std::mem::take(token), page: next },
            Place::SyncPage { page, .. } => *page = next,
            Place::Full { page, .. } => *page = Some(next),
        }
        true
    }

    /// Notes where the next fetch begins; there is no page now.
    pub(super) fn finish(&mut self, token: String, now: Timestamp) -> bool {
        self.place = Place::Sync(token);
        if self.newest == i64::MIN {
            self.newest = now.as_micros();
        }
        self.since = Some(self.newest);
        false
    }
}
