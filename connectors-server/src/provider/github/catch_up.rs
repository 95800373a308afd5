//! What GitHub never delivered: a delivery that fails is not sent again, so issues and pull requests are looked through too.
//!
//! "List issues assigned to the authenticated user" of GitHub's documentation: with `filter=all` it lists all issues and pull
//! requests that the token may see, and `since` those that were updated then or later. It tells how an issue is, not what
//! happened to it: that it was opened or closed is seen from its times, all else is an update. Whatever a delivery has told of
//! is known by its version. Comments, reviews, pushes and releases are not listed there.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Endpoints,
    payload::{Account, Payload, Repository, Subject, time},
};
use crate::{
    model::{ExternalAccount, SignalDraft, SignalKind, Timestamp},
    provider::{Change, Fetched, Fetcher, ProviderFailure, Session, Versions},
};

/// How long a delivery may take: what is younger is left to it.
const GRACE: Duration = Duration::from_secs(60);

const PER_PAGE: usize = 50;

/// Reads issues and pull requests.
#[derive(Debug)]
pub(super) struct CatchUp;

/// An issue as it is listed; a pull request is one too.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    #[serde(flatten)]
    subject: Subject,
    repository: Option<Repository>,
    user: Option<Account>,
    pull_request: Option<Merged>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Merged {
    merged_at: Option<String>,
}

/// How long what a delivery has told of is known at least.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Since when, which page of that (more issues than a page holds may have changed in the same second), and when the connection's
/// first fetch was.
struct Position<'a> {
    since: &'a str,
    page: u32,
    begin: &'a str,
}

impl<'a> Position<'a> {
    fn parse(cursor: &'a str) -> Self {
        let mut parts = cursor.split('#');
        let since = parts.next().unwrap_or_default();
        let page = parts.next().and_then(|page| page.parse().ok()).unwrap_or(1);
        Self { since, page, begin: parts.next().unwrap_or(since) }
    }

    /// From when on an issue that was opened or closed is news, if nothing has told of it: one may have been updated again long
    /// after it was opened, and is only then met.
    fn news_since(&self, now: Timestamp) -> Timestamp {
        Timestamp::parse(self.begin).unwrap_or(Timestamp::MIN).max(now.before(REMEMBERED))
    }
}

fn cursor(since: &str, page: u32, begin: &str) -> String {
    format!("{since}#{page}#{begin}")
}

#[async_trait]
impl Fetcher for CatchUp {
    fn interval(&self) -> Duration {
        Duration::from_secs(15 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        let Some(known) = cursor else {
            let now = session.now.to_string();
            return Ok(Fetched { changes: Vec::new(), cursor: self::cursor(&now, 1, &now), more: false });
        };
        let position = Position::parse(known);
        let mut url = super::join(&Endpoints::of(session.api.config).api, "issues");
        url.query_pairs_mut()
            .append_pair("filter", "all")
            .append_pair("state", "all")
            .append_pair("sort", "updated")
            .append_pair("direction", "asc")
            .append_pair("per_page", &PER_PAGE.to_string())
            .append_pair("since", position.since)
            .append_pair("page", &position.page.to_string());
        let request = session
            .api
            .http
            .client()
            .get(url)
            .bearer_auth(session.grant.access_token.expose())
            .header("accept", "application/vnd.github+json")
            .build()
            .map_err(ProviderFailure::Unreachable)?;
        let answer = session.api.http.send_long(request).await?;
        let listed: Vec<Box<RawValue>> = match serde_json::from_slice(&answer.body) {
            Ok(listed) if answer.status.is_success() => listed,
            _ => return Err(super::failure(&answer)),
        };
        Ok(read(session, &position, listed))
    }

    fn draft(&self, kind: SignalKind, _: &ExternalAccount, payload: &RawValue) -> Option<SignalDraft> {
        let listed: Listed = serde_json::from_str(payload.get()).ok()?;
        listed.changes(Timestamp::MIN, payload).into_iter().map(|change| change.draft).find(|draft| draft.kind == kind)
    }
}

fn read(session: &Session<'_>, position: &Position<'_>, listed: Vec<Box<RawValue>>) -> Fetched {
    let (since, until) = (position.news_since(session.now), session.now.before(GRACE));
    let is_full = listed.len() >= PER_PAGE;
    let (mut last, mut changes) = (position.since.to_owned(), Vec::new());
    for raw in listed {
        // One that is not as documented is passed over: it would be in the way of all others for good.
        let Ok(issue) = serde_json::from_str::<Listed>(raw.get()) else { continue };
        let Some(updated_at) = &issue.subject.updated_at else { continue };
        if time(Some(updated_at)).is_some_and(|at| at > until) {
            return Fetched { changes, cursor: cursor(&last, 1, position.begin), more: false };
        }
        last.clone_from(updated_at);
        if issue.account().as_deref() == Some(session.account.id.as_str()) {
            changes.extend(issue.changes(since, &raw));
        }
    }
    let page = if is_full && last == position.since { position.page + 1 } else { 1 };
    Fetched { changes, cursor: cursor(&last, page, position.begin), more: is_full }
}

impl Listed {
    fn account(&self) -> Option<String> {
        Some(self.repository.as_ref()?.owner.as_ref()?.id?.to_string())
    }

    /// What must have happened since then.
    fn changes(self, since: Timestamp, raw: &RawValue) -> Vec<Change> {
        let Self { subject, repository, user, pull_request } = self;
        let Some(versions) = Versioned::of(repository.as_ref(), &subject) else { return Vec::new() };
        let (opened, closed, updated) = match &pull_request {
            None => (SignalKind::IssueCreated, SignalKind::IssueClosed, SignalKind::IssueUpdated),
            Some(Merged { merged_at: None }) => (SignalKind::PrOpened, SignalKind::PrClosed, SignalKind::PrUpdated),
            Some(_) => (SignalKind::PrOpened, SignalKind::PrMerged, SignalKind::PrUpdated),
        };
        let is_since = |at: &Option<String>| time(at.as_ref()).is_some_and(|at| at >= since);
        let (is_new, is_closed) = (is_since(&subject.created_at), is_since(&subject.closed_at));
        let is_told = |at: &Option<String>, counts: bool| counts && at.is_some() && *at == subject.updated_at;
        let is_else = !is_told(&subject.created_at, is_new) && !is_told(&subject.closed_at, is_closed);
        let mut happened = Vec::new();
        if is_new {
            happened.push((opened, versions.created(), &subject.created_at, true));
        }
        if is_else {
            happened.extend(versions.updated().map(|key| (updated, key, &subject.updated_at, false)));
        }
        if is_closed {
            happened.extend(versions.closed().map(|key| (closed, key, &subject.closed_at, false)));
        }
        // Who opened it is told; who did the rest is not.
        let author = Payload { sender: user, repository, ..Payload::default() };
        let title = subject.title.as_deref().unwrap_or_default();
        happened
            .into_iter()
            .map(|(kind, key, at, is_authors)| {
                let mut draft = author.signal(kind, title, time(at.as_ref()), subject.html_url.as_ref());
                draft.actor = draft.actor.filter(|_| is_authors);
                Change { key, draft, payload: raw.to_owned() }
            })
            .collect()
    }
}

/// An issue or a pull request by its repository and number, and its versions.
struct Versioned<'a> {
    name: String,
    subject: &'a Subject,
}

impl<'a> Versioned<'a> {
    fn of(repository: Option<&Repository>, subject: &'a Subject) -> Option<Self> {
        Some(Self { name: format!("{}#{}", repository?.id?, subject.number?), subject })
    }

    fn created(&self) -> String {
        format!("{}@created", self.name)
    }

    fn updated(&self) -> Option<String> {
        Some(format!("{}@{}", self.name, self.subject.updated_at.as_ref()?))
    }

    fn closed(&self) -> Option<String> {
        Some(format!("{}@closed:{}", self.name, self.subject.closed_at.as_ref()?))
    }
}

/// How [`CatchUp`] calls what a delivery tells of.
pub(super) fn versions(event: &str, payload: &str) -> Versions {
    let Ok(payload) = serde_json::from_str::<Payload>(payload) else { return Versions::default() };
    let subject = payload.pull_request.as_ref().or(payload.issue.as_ref());
    let Some(versioned) = subject.and_then(|subject| Versioned::of(payload.repository.as_ref(), subject)) else {
        return Versions::default();
    };
    let this = match (event, payload.action.as_deref().unwrap_or_default()) {
        ("issues" | "pull_request", "opened") => Some(versioned.created()),
        ("issues" | "pull_request", "closed") => versioned.closed(),
        // Nothing that is listed tells of these.
        (_, "reopened") | ("issue_comment" | "pull_request_review", _) => None,
        _ => versioned.updated(),
    };
    Versions { this, object: versioned.updated() }
}
