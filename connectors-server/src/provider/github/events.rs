//! GitHub's events and the signals that they become.
//!
//! `X-GitHub-Event` is not signed, so each rule also checks that the body is of that event: an `issues` body delivered as
//! `issue_comment` makes nothing.
//!
//! | event | becomes a signal | is ignored, and why |
//! |---|---|---|
//! | `issues` | `opened`, `closed`, `reopened`; what changes an issue is `issue_updated` | `deleted`, `transferred`: no kind says that an issue is gone |
//! | `issue_comment` | `created` | `edited`, `deleted`: no kind says so, and the signal of the comment never changes |
//! | `pull_request` | `opened`, `closed`, `reopened`; `edited`, `synchronize`, `ready_for_review` are `pr_updated` | labels, assignees, review requests: they come in bursts and change no code |
//! | `pull_request_review` | `submitted` | `edited`, `dismissed`: the review was told of when it was given |
//! | `push` | to a branch or a tag, a new one included | a branch or tag that is deleted: no code was pushed |
//! | `release` | `published` | all others: of a draft nobody should know, and a change is no new release |
//! | `installation`, `installation_repositories` | | they are about the app; its account is still the delivery's |

use super::payload::{Payload, PushedAt, time};
use crate::{
    model::{SignalDraft, SignalKind, Timestamp},
    provider::Interpretation,
};

/// The account that an event happened in.
pub(super) fn account(payload: &str) -> Option<String> {
    serde_json::from_str::<Payload>(payload).ok()?.account()
}

/// What an event with the given name means.
pub(super) fn interpret(name: &str, payload: &str) -> Interpretation {
    let Ok(payload) = serde_json::from_str::<Payload>(payload) else { return Interpretation::Ignored };
    let action = payload.action.as_deref().unwrap_or_default();
    if name == "github_app_authorization" && action == "revoked" {
        // The one event in which the sender is whom it is about; such a body has nothing else.
        let sender = payload.sender.as_ref().filter(|_| payload.account().is_none());
        return match sender.and_then(|sender| sender.id) {
            Some(id) => Interpretation::GrantRevoked { account: id.to_string() },
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
    let issue = payload.issue.as_ref().filter(|_| payload.comment.is_none())?;
    let (kind, at) = match action {
        "opened" => (SignalKind::IssueCreated, &issue.created_at),
        "assigned" | "demilestoned" | "edited" | "labeled" | "locked" | "milestoned" | "pinned" | "typed"
        | "unassigned" | "unlabeled" | "unlocked" | "unpinned" | "untyped" => {
            (SignalKind::IssueUpdated, &issue.updated_at)
        }
        "closed" => (SignalKind::IssueClosed, &issue.closed_at),
        "reopened" => (SignalKind::IssueReopened, &issue.updated_at),
        _ => return None,
    };
    Some(payload.signal(kind, issue.title.as_ref()?, time(at.as_ref()), issue.html_url.as_ref()))
}

fn issue_comment(payload: &Payload, action: &str) -> Option<SignalDraft> {
    let (issue, comment) = (payload.issue.as_ref()?, payload.comment.as_ref().filter(|_| action == "created")?);
    let title = format!("Comment on #{}: {}", issue.number?, issue.title.as_ref()?);
    let at = time(comment.created_at.as_ref());
    Some(payload.signal(SignalKind::IssueComment, &title, at, comment.html_url.as_ref()))
}

fn pull_request(payload: &Payload, action: &str) -> Option<SignalDraft> {
    // Reviews and review comments carry a pull request and the same actions too, but no number beside it.
    payload.number?;
    let pull_request = payload.pull_request.as_ref()?;
    let (kind, at) = match (action, pull_request.merged) {
        ("opened", _) => (SignalKind::PrOpened, &pull_request.created_at),
        ("closed", Some(true)) => (SignalKind::PrMerged, &pull_request.merged_at),
        ("closed", Some(false)) => (SignalKind::PrClosed, &pull_request.closed_at),
        ("reopened", _) => (SignalKind::PrReopened, &pull_request.updated_at),
        ("synchronize" | "edited" | "ready_for_review", _) => (SignalKind::PrUpdated, &pull_request.updated_at),
        _ => return None,
    };
    let title = pull_request.title.as_ref()?;
    Some(payload.signal(kind, title, time(at.as_ref()), pull_request.html_url.as_ref()))
}

fn review(payload: &Payload, action: &str) -> Option<SignalDraft> {
    let (pull_request, review) = (payload.pull_request.as_ref()?, payload.review.as_ref()?);
    if action != "submitted" {
        return None;
    }
    let verdict = match review.state.as_deref()? {
        "approved" => "Approval",
        "changes_requested" => "Changes requested",
        _ => "Review",
    };
    let title = format!("{verdict} on #{}: {}", pull_request.number?, pull_request.title.as_ref()?);
    let at = time(review.submitted_at.as_ref());
    Some(payload.signal(SignalKind::PrReview, &title, at, review.html_url.as_ref()))
}

fn push(payload: &Payload) -> Option<SignalDraft> {
    let (reference, commits) = (payload.reference.as_deref()?, payload.commits.as_ref()?);
    // A deleted branch or tag is pushed too, but no code is.
    if payload.after.is_none() || payload.deleted == Some(true) {
        return None;
    }
    let (what, name) = match (reference.strip_prefix("refs/heads/"), reference.strip_prefix("refs/tags/")) {
        (Some(branch), _) => ("", branch),
        (_, Some(tag)) => ("tag ", tag),
        _ => return None,
    };
    let head = payload.head_commit.as_ref();
    let message = head.and_then(|commit| commit.message.as_deref()?.lines().next()).unwrap_or_default();
    let title = match (commits.len(), message) {
        (0, "") => format!("Push to {what}{name}"),
        (0 | 1, message) => format!("Push to {what}{name}: {message}"),
        (count, message) => format!("Push of {count} commits to {what}{name}: {message}"),
    };
    // Commits carry the times that their authors set; GitHub's own time of the push stands with the repository.
    let pushed_at = payload.repository.as_ref().and_then(|repository| repository.pushed_at.as_ref());
    let at = match pushed_at {
        Some(PushedAt::Seconds(seconds)) => Timestamp::from_seconds(*seconds),
        Some(PushedAt::Text(text)) => time(Some(text)),
        None => None,
    };
    let at = at.or_else(|| time(head?.timestamp.as_ref()));
    Some(payload.signal(SignalKind::CodePushed, &title, at, payload.compare.as_ref()))
}

fn release(payload: &Payload, action: &str) -> Option<SignalDraft> {
    let release = payload.release.as_ref().filter(|_| action == "published")?;
    let tag = release.tag_name.as_ref()?;
    let title = match release.name.as_deref().map(str::trim) {
        Some(name) if !name.is_empty() => format!("Release {tag}: {name}"),
        _ => format!("Release {tag}"),
    };
    let at = time(release.published_at.as_ref());
    Some(payload.signal(SignalKind::ReleasePublished, &title, at, release.html_url.as_ref()))
}
