//! Versions of issues: by them a delivery and a fetch know that they tell of the same.
//!
//! An issue that is listed tells how it is, not what happened to it. That it was created, and that it came to a status of the
//! category `done`, is seen from its times; all else is an update.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    events,
    payload::{Issue, Payload, User, time},
};
use crate::{
    model::{SignalKind, Timestamp},
    provider::{Change, Versions},
};

/// Jira notes the times of one change one after the other.
const ONE_CHANGE: Duration = Duration::from_secs(1);

/// An issue, as far as it is not read to be shown. Times are the zone's of whoever asks, so that the same may be written otherwise.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Dated {
    id: Option<String>,
    fields: Option<Dates>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dates {
    created: Option<String>,
    updated: Option<String>,
    resolutiondate: Option<String>,
    statuscategorychangedate: Option<String>,
    creator: Option<User>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delivered {
    issue: Dated,
    comment: Option<Commented>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Commented {
    created: Option<String>,
    updated: Option<String>,
}

/// An issue of a site, and when what happened to it.
struct Versioned {
    name: String,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
    /// Since when it is done, if it is.
    done: Option<Timestamp>,
}

impl Versioned {
    fn of(host: &str, issue: &Dated, is_done: bool) -> Option<Self> {
        let at = |text: fn(&Dates) -> &Option<String>| text(issue.fields.as_ref()?).as_deref().and_then(time);
        let done = at(|dates| &dates.statuscategorychangedate).or_else(|| at(|dates| &dates.resolutiondate));
        Some(Self {
            name: format!("{host}/{}", issue.id.as_deref()?),
            created: at(|dates| &dates.created),
            updated: at(|dates| &dates.updated),
            done: done.filter(|_| is_done),
        })
    }

    fn created(&self) -> String {
        format!("{}@created", self.name)
    }

    fn updated(&self) -> Option<String> {
        Some(self.at(self.updated?))
    }

    fn done(&self) -> Option<String> {
        Some(format!("{}@done:{}", self.name, self.done?.as_micros()))
    }

    fn at(&self, updated: Timestamp) -> String {
        format!("{}@{}", self.name, updated.as_micros())
    }

    /// Whether the last change is the one that was made then.
    fn is_last(&self, at: Option<Timestamp>) -> bool {
        at.zip(self.updated).is_some_and(|(at, updated)| updated <= at.after(ONE_CHANGE))
    }

    /// Whether it was created as done: nothing resolved it.
    fn is_born_done(&self) -> bool {
        self.created.zip(self.done).is_some_and(|(created, done)| done <= created.after(ONE_CHANGE))
    }
}

/// What must have happened to an issue of this site from `since` to `until`.
pub(super) fn changes(host: &str, raw: &RawValue, since: Timestamp, until: Timestamp) -> Vec<Change> {
    // One that is not as documented is passed over: it would be in the way of all others for good.
    let (Ok(issue), Ok(dated)) = (serde_json::from_str::<Issue>(raw.get()), serde_json::from_str::<Dated>(raw.get()))
    else {
        return Vec::new();
    };
    let Some(versioned) = Versioned::of(host, &dated, issue.is_done()) else { return Vec::new() };
    let is_now = |at: &Timestamp| *at >= since && *at <= until;
    let created = versioned.created.filter(is_now);
    let done = versioned.done.filter(is_now).filter(|_| !versioned.is_born_done());
    let updated = versioned.updated.filter(is_now);
    let updated = updated.filter(|_| !versioned.is_last(created) && !versioned.is_last(done));
    let creator = dated.fields.as_ref().and_then(|dates| dates.creator.as_ref()?.reference());
    // Who created it is told; who did the rest is not.
    [
        created.map(|at| (SignalKind::IssueCreated, Some(versioned.created()), at, creator)),
        updated.map(|at| (SignalKind::IssueUpdated, versioned.updated(), at, None)),
        done.map(|at| (SignalKind::IssueResolved, versioned.done(), at, None)),
    ]
    .into_iter()
    .flatten()
    .filter_map(|(kind, key, at, actor)| {
        let draft = events::of_issue(&issue, Some(host), kind, Some(at), actor)?;
        Some(Change { key: key?, draft, payload: raw.to_owned() })
    })
    .collect()
}

/// How [`changes`] calls what a delivery tells of.
pub(super) fn of_delivery(text: &str) -> Versions {
    let (Ok(payload), Ok(delivered)) = (serde_json::from_str::<Payload>(text), serde_json::from_str::<Delivered>(text))
    else {
        return Versions::default();
    };
    let versioned = payload.host().and_then(|host| Versioned::of(&host, &delivered.issue, payload.is_done()));
    let Some(versioned) = versioned else { return Versions::default() };
    let this = match payload.webhook_event.as_deref() {
        Some("jira:issue_created") => Some(versioned.created()),
        Some("jira:issue_updated") => match events::updated(&payload) {
            Some(SignalKind::IssueResolved) if versioned.is_last(versioned.done) => versioned.done(),
            // What is listed never tells that it was reopened.
            Some(SignalKind::IssueReopened) | None => None,
            Some(_) => versioned.updated(),
        },
        _ => None,
    };
    // The issue that comes with a comment may be cut to a few fields; the comment changes it when it is made.
    let commented = delivered.comment.and_then(|comment| time(comment.updated.or(comment.created)?.as_str()));
    let object = versioned.updated().or_else(|| Some(versioned.at(commented?)));
    Versions { this, object }
}
