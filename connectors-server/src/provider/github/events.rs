//! GitHub's events and the signals that they become.
//!
//! `X-GitHub-Event` is not signed, so each rule also checks that the body is of that event: an `issues` body delivered as
//! `issue_comment` makes nothing.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    model::{Reference, SignalDraft, SignalKind, Timestamp, display_text, web_url},
    provider::Interpretation,
};

/// The parts of a payload that rules read. What is missing or of another type is no error: a rule that needs it makes no
/// signal.
struct Payload(Value);

impl Payload {
    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }

    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(Value::is_object)
    }

    fn number(&self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer)?.as_u64()
    }

    fn time(&self, pointer: &str) -> Option<Timestamp> {
        Timestamp::parse(self.text(pointer)?).ok()
    }

    fn id(&self, pointer: &str) -> Option<String> {
        self.number(pointer).map(|id| id.to_string())
    }

    fn reference(&self, pointer: &str, name: &str) -> Option<Reference> {
        Some(Reference {
            id: self.id(&format!("{pointer}/id"))?,
            name: display_text(self.text(&format!("{pointer}/{name}"))?),
            url: self.text(&format!("{pointer}/html_url")).and_then(web_url),
        })
    }

    fn signal(&self, kind: SignalKind, title: &str, time: Option<Timestamp>, url: &str) -> SignalDraft {
        SignalDraft {
            kind,
            occurred_at: time,
            title: display_text(title),
            url: self.text(url).and_then(web_url),
            actor: self.reference("/sender", "login"),
            source: self.reference("/repository", "full_name"),
        }
    }
}

/// The account that an event happened in: the repository's owner, else the organization, else the installation's
/// account. Never the sender, who may be anybody.
pub(super) fn account(payload: &str) -> Option<String> {
    /// Enough of a payload to route it; the body may be 25 MiB.
    #[derive(Deserialize)]
    struct Routing {
        repository: Option<Owned>,
        organization: Option<Account>,
        installation: Option<Installed>,
    }
    #[derive(Deserialize)]
    struct Owned {
        owner: Option<Account>,
    }
    #[derive(Deserialize)]
    struct Installed {
        account: Option<Account>,
    }
    #[derive(Deserialize)]
    struct Account {
        id: u64,
    }
    let routing: Routing = serde_json::from_str(payload).ok()?;
    routing
        .repository
        .and_then(|repository| repository.owner)
        .or(routing.organization)
        .or_else(|| routing.installation.and_then(|installation| installation.account))
        .map(|account| account.id.to_string())
}

/// What an event with the given name means.
pub(super) fn interpret(name: &str, payload: &str) -> Interpretation {
    let Ok(payload) = serde_json::from_str(payload).map(Payload) else { return Interpretation::Ignored };
    let action = payload.text("/action").unwrap_or_default();
    if name == "github_app_authorization" && action == "revoked" {
        return match payload.id("/sender/id") {
            Some(account) => Interpretation::GrantRevoked { account },
            None => Interpretation::Ignored,
        };
    }
    let draft = match name {
        "issues" => issue(&payload, action),
        "issue_comment" => issue_comment(&payload, action),
        "pull_request" => pull_request(&payload, action),
        "pull_request_review" => review(&payload, action),
        "push" => push(&payload),
        "release" => release(&payload, action),
        _ => None,
    };
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

fn issue(payload: &Payload, action: &str) -> Option<SignalDraft> {
    if payload.has("comment") {
        return None;
    }
    let (kind, time) = match action {
        "opened" => (SignalKind::IssueCreated, "/issue/created_at"),
        "edited" => (SignalKind::IssueUpdated, "/issue/updated_at"),
        "closed" => (SignalKind::IssueClosed, "/issue/closed_at"),
        "reopened" => (SignalKind::IssueReopened, "/issue/updated_at"),
        _ => return None,
    };
    Some(payload.signal(kind, payload.text("/issue/title")?, payload.time(time), "/issue/html_url"))
}

fn issue_comment(payload: &Payload, action: &str) -> Option<SignalDraft> {
    if action != "created" || !payload.has("comment") {
        return None;
    }
    let title = format!("Comment on #{}: {}", payload.number("/issue/number")?, payload.text("/issue/title")?);
    let time = payload.time("/comment/created_at");
    Some(payload.signal(SignalKind::IssueComment, &title, time, "/comment/html_url"))
}

fn pull_request(payload: &Payload, action: &str) -> Option<SignalDraft> {
    // Reviews and review comments carry a pull request and the same actions too, but no number beside it.
    payload.number("/number")?;
    let merged = payload.0.pointer("/pull_request/merged").and_then(Value::as_bool);
    let (kind, time) = match (action, merged) {
        ("opened", _) => (SignalKind::PrOpened, "/pull_request/created_at"),
        ("closed", Some(true)) => (SignalKind::PrMerged, "/pull_request/merged_at"),
        ("closed", Some(false)) => (SignalKind::PrClosed, "/pull_request/closed_at"),
        ("reopened", _) => (SignalKind::PrReopened, "/pull_request/updated_at"),
        ("synchronize" | "edited" | "ready_for_review", _) => (SignalKind::PrUpdated, "/pull_request/updated_at"),
        _ => return None,
    };
    Some(payload.signal(kind, payload.text("/pull_request/title")?, payload.time(time), "/pull_request/html_url"))
}

fn review(payload: &Payload, action: &str) -> Option<SignalDraft> {
    if action != "submitted" || !payload.has("review") {
        return None;
    }
    let verdict = match payload.text("/review/state")? {
        "approved" => "Approval",
        "changes_requested" => "Changes requested",
        _ => "Review",
    };
    let (number, title) = (payload.number("/pull_request/number")?, payload.text("/pull_request/title")?);
    let time = payload.time("/review/submitted_at");
    Some(payload.signal(SignalKind::PrReview, &format!("{verdict} on #{number}: {title}"), time, "/review/html_url"))
}

fn push(payload: &Payload) -> Option<SignalDraft> {
    let (reference, commits) = (payload.text("/ref")?, payload.0.get("commits")?.as_array()?);
    payload.text("/after")?;
    // A deleted branch or tag is pushed too, but no code is.
    if payload.0.get("deleted").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let (what, name) = match (reference.strip_prefix("refs/heads/"), reference.strip_prefix("refs/tags/")) {
        (Some(branch), _) => ("", branch),
        (_, Some(tag)) => ("tag ", tag),
        _ => return None,
    };
    let message = payload.text("/head_commit/message").and_then(|message| message.lines().next()).unwrap_or_default();
    let title = match (commits.len(), message) {
        (0, "") => format!("Push to {what}{name}"),
        (0 | 1, message) => format!("Push to {what}{name}: {message}"),
        (count, message) => format!("Push of {count} commits to {what}{name}: {message}"),
    };
    // Commits carry the times that their authors set; GitHub's own time of the push stands with the repository.
    let time = payload.0.pointer("/repository/pushed_at").and_then(Value::as_i64).map(Timestamp::from_seconds);
    let time = time.or_else(|| payload.time("/head_commit/timestamp"));
    Some(payload.signal(SignalKind::CodePushed, &title, time, "/compare"))
}

fn release(payload: &Payload, action: &str) -> Option<SignalDraft> {
    if action != "published" {
        return None;
    }
    let tag = payload.text("/release/tag_name")?;
    let title = match payload.text("/release/name").map(str::trim) {
        Some(name) if !name.is_empty() => format!("Release {tag}: {name}"),
        _ => format!("Release {tag}"),
    };
    let time = payload.time("/release/published_at");
    Some(payload.signal(SignalKind::ReleasePublished, &title, time, "/release/html_url"))
}
