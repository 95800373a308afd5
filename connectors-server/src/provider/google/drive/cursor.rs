//! Where the list of changes was read to, and how its changes are told apart.
//!
//! The list tells that a file has changed, and how the file is now; of several changes of one file it tells the last. What
//! has happened follows from what was known before:
//!
//! | the file | becomes |
//! |---|---|
//! | was removed, or is in the trash and was not known to be there | `file_deleted` |
//! | was created since the last fetch | `file_created` |
//! | is in another folder than it was known to be in | `file_moved` |
//! | was modified since the last fetch, or came back from the trash | `file_updated` |
//!
//! All else is ignored: that somebody looked at a file, shared or starred it. A file that was moved and modified becomes both
//! signals. A move is missed if the file was not among those that are [known](super::seen): it has not changed since the
//! connection was made, and was not among the last modified ones then. A file that comes into view with an old date, because
//! it was shared or uploaded with it, is not new to Drive either.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{change::Told, seen::Seen};
use crate::model::{SignalKind, Timestamp};

/// How far Drive's clock may be ahead of this machine's.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// The times are Drive's own, after the first.
#[derive(Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Drive's token of the next page.
    pub(super) token: String,
    /// The time of the last change that the fetches before this one told.
    pub(super) since: i64,
    /// The same, with the pages so far of this one.
    pub(super) newest: i64,
    /// The files known.
    pub(super) seen: Seen,
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"))
    }

    /// What has happened; the change is known from now on.
    pub(super) fn kinds(&mut self, told: &Told, now: Timestamp) -> Vec<SignalKind> {
        let (Some(id), Some(at)) = (told.id(), told.time()) else { return Vec::new() };
        // A time that is far ahead would make all that follows look old.
        self.newest = self.newest.max(at.min(now.after(AHEAD)).as_micros());
        let before = self.seen.of(id);
        let was_trashed = before.is_some_and(|before| before.trashed);
        let file = told.file().filter(|_| told.removed != Some(true));
        let Some(file) = file else {
            self.seen.forget(id);
            return if was_trashed { Vec::new() } else { vec![SignalKind::FileDeleted] };
        };
        let now = self.seen.note(&file);
        let since = |time: Option<Timestamp>| time.is_some_and(|time| time.as_micros() > self.since);
        match (was_trashed, now.trashed) {
            (true, true) => Vec::new(),
            (false, true) => vec![SignalKind::FileDeleted],
            (true, false) => vec![SignalKind::FileUpdated],
            (false, false) if since(told.created()) => vec![SignalKind::FileCreated],
            (false, false) => {
                let moved = before.is_some_and(|before| before.folder != now.folder);
                let moved = moved.then_some(SignalKind::FileMoved);
                moved.into_iter().chain(since(told.modified()).then_some(SignalKind::FileUpdated)).collect()
            }
        }
    }
}
