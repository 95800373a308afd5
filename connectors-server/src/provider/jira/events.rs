//! Jira's events and the signals that they become.
//!
//! | event | becomes |
//! |---|---|
//! | `jira:issue_created` | `issue_created` |
//! | `jira:issue_updated` into a status of the category `done` | `issue_resolved` |
//! | `jira:issue_updated` out of such a status | `issue_reopened`. The change names the status before without its category, so this is told by the resolution that goes, or by the workflow's own event `issue_reopened`; else it is `issue_updated` |
//! | `jira:issue_updated` otherwise | `issue_updated`, unless it only tells that there is a comment: that has an event of its own |
//! | `comment_created` | `issue_comment` |
//!
//! All else is ignored: no kind says that an issue or a comment is gone (`jira:issue_deleted`, `comment_deleted`), the signal of a
//! comment never changes (`comment_updated`), and worklogs, links, sprints, versions, projects and users are no issues.

use super::payload::{Issue, Payload, User};
use crate::{
    model::{Reference, SignalDraft, SignalKind, Timestamp, display_text, web_url},
    provider::{Account, Interpretation, Subscription, Voucher},
};

/// A delivery may match so many webhooks of the app's; it can't have more at a site.
const MATCHES: usize = 20;

/// The name by which a site's deliveries call the accounts that have it.
pub(super) fn site_name(host: &str) -> String {
    format!("site:{host}")
}

/// The id of a dynamic webhook. Jira's own is unique at its site alone.
pub(super) fn webhook_name(host: &str, id: u64) -> String {
    format!("{host}/{id}")
}

/// The account that an event happened in, and the site.
///
/// The site's name is believed of whom the tenant's own secret vouches for. The app's secret vouches for the webhooks that the app
/// has registered, each of which is a connection's. Core says the tenant, and may have got either.
pub(super) fn account(payload: &str, voucher: Voucher) -> (Option<Account>, Option<String>) {
    let payload: Payload = serde_json::from_str(payload).unwrap_or_default();
    let Some(host) = payload.host() else { return (None, None) };
    let matched = payload.matched_webhook_ids.iter().flatten().take(MATCHES);
    let mut names: Vec<_> = matched.map(|id| Subscription::name(&webhook_name(&host, *id))).collect();
    match voucher {
        Voucher::App => {}
        Voucher::Tenant => names = vec![site_name(&host)],
        Voucher::Core => names.push(site_name(&host)),
    }
    (Some(names).filter(|names| !names.is_empty()).map(Account::Names), Some(host))
}

/// What an event means.
pub(super) fn interpret(payload: &str) -> Interpretation {
    let Ok(payload) = serde_json::from_str::<Payload>(payload) else { return Interpretation::Ignored };
    let draft = match payload.webhook_event.as_deref() {
        Some("jira:issue_created") => issue(&payload, SignalKind::IssueCreated),
        Some("jira:issue_updated") => updated(&payload).and_then(|kind| issue(&payload, kind)),
        Some("comment_created") => comment(&payload),
        _ => None,
    };
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

pub(super) fn updated(payload: &Payload) -> Option<SignalKind> {
    let workflow_event = payload.issue_event_type_name.as_deref();
    if matches!(workflow_event, Some("issue_commented" | "issue_comment_edited" | "issue_comment_deleted")) {
        return None;
    }
    let moved = payload.changed("status", |_| true);
    let is_some = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let unresolved = payload.changed("resolution", |item| is_some(&item.from) && !is_some(&item.to));
    Some(match (moved, payload.is_done()) {
        (true, true) => SignalKind::IssueResolved,
        (true, false) if unresolved || workflow_event == Some("issue_reopened") => SignalKind::IssueReopened,
        _ => SignalKind::IssueUpdated,
    })
}

fn issue(payload: &Payload, kind: SignalKind) -> Option<SignalDraft> {
    let actor = payload.user.as_ref().and_then(User::reference);
    of_issue(payload.issue.as_ref()?, payload.host().as_deref(), kind, payload.time(), actor)
}

/// What becomes of something that happened to an issue at a site.
pub(super) fn of_issue(
    issue: &Issue,
    host: Option<&str>,
    kind: SignalKind,
    occurred_at: Option<Timestamp>,
    actor: Option<Reference>,
) -> Option<SignalDraft> {
    let key = issue.key()?;
    Some(SignalDraft { occurred_at, actor, ..signal(issue, host, kind, key, key) })
}

fn comment(payload: &Payload) -> Option<SignalDraft> {
    let (issue, comment) = (payload.issue.as_ref()?, payload.comment.as_ref()?);
    let key = issue.key()?;
    let id = comment.id.as_deref().filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))?;
    let actor = comment.author.as_ref().or(payload.user.as_ref()).and_then(User::reference);
    let (what, path) = (format!("Comment on {key}"), format!("{key}?focusedCommentId={id}"));
    let draft = signal(issue, payload.host().as_deref(), SignalKind::IssueComment, &what, &path);
    Some(SignalDraft { occurred_at: payload.time(), actor, ..draft })
}

fn signal(issue: &Issue, host: Option<&str>, kind: SignalKind, what: &str, path: &str) -> SignalDraft {
    let fields = issue.fields.as_ref();
    let summary = fields.and_then(|fields| fields.summary.as_deref()).map(display_text).unwrap_or_default();
    SignalDraft {
        kind,
        occurred_at: None,
        title: display_text(&if summary.is_empty() { what.to_owned() } else { format!("{what}: {summary}") }),
        url: host.and_then(|host| web_url(&format!("https://{host}/browse/{path}"))),
        actor: None,
        source: fields.and_then(|fields| fields.project.as_ref()?.reference(host)),
    }
}
