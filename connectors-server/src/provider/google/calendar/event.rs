//! Events, and the signals that they become.

use serde::Deserialize;

use crate::model::{ExternalAccount, Reference, SignalDraft, SignalKind, Timestamp, display_text, web_url};

/// An event, as far as it is read. Of a deleted one, "only the `id` field is guaranteed to be populated".
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Told {
    id: Option<String>,
    status: Option<String>,
    etag: Option<String>,
    html_link: Option<String>,
    created: Option<String>,
    updated: Option<String>,
    summary: Option<String>,
    creator: Option<Person>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Person {
    id: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    Timestamp::parse(text?).ok()
}

impl Told {
    pub(super) fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("cancelled")
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        time(self.created.as_ref())
    }

    pub(super) fn updated(&self) -> Option<Timestamp> {
        time(self.updated.as_ref())
    }

    /// The event and its version. An event that is cancelled and tells no more stays so.
    pub(super) fn key(&self) -> Option<String> {
        let id = self.id.as_ref().filter(|id| !id.is_empty())?;
        let version = self.updated().map(|at| at.to_string()).or_else(|| self.etag.clone());
        let version = version.or_else(|| self.is_cancelled().then(|| "cancelled".to_owned()))?;
        Some(format!("{id}/{version}"))
    }
}

/// What a change of this kind becomes.
pub(super) fn draft(kind: SignalKind, account: &ExternalAccount, event: &Told) -> Option<SignalDraft> {
    event.key()?;
    let title = display_text(event.summary.as_deref().unwrap_or_default());
    let title = match (title.is_empty(), kind) {
        (false, _) => title,
        (true, SignalKind::CalendarEventDeleted) => "Event deleted".to_owned(),
        (true, _) => "Event without a title".to_owned(),
    };
    // Who changed or deleted it is not told.
    let actor = event.creator.as_ref().filter(|_| kind == SignalKind::CalendarEventCreated).and_then(person);
    // "The calendar's" id is an alias, as is the page's.
    let source = Reference {
        id: "primary".into(),
        name: account.name.clone(),
        url: Some("https://calendar.google.com/calendar/r".into()),
    };
    let url = event.html_link.as_deref().and_then(web_url);
    Some(SignalDraft { kind, occurred_at: event.updated(), title, url, actor, source: Some(source) })
}

fn person(person: &Person) -> Option<Reference> {
    let text = |text: &Option<String>| text.as_deref().map(display_text).filter(|text| !text.is_empty());
    let (id, email) = (text(&person.id), text(&person.email));
    let id = id.or_else(|| email.clone())?;
    Some(Reference { name: text(&person.display_name).or(email).unwrap_or_else(|| id.clone()), id, url: None })
}
