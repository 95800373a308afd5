//! Signals: provider events in one shape.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{ConnectionId, SignalId, Timestamp, open_enum};

open_enum! {
    /// What happened: the registry of signal kinds. A provider event outside it is acknowledged and ignored.
    SignalKind,
    "What happened. More values may be added: carry on with one that you don't know.",
    example "issue_created" {
        IssueCreated = "issue_created",
        IssueUpdated = "issue_updated",
        IssueClosed = "issue_closed",
        IssueReopened = "issue_reopened",
        IssueResolved = "issue_resolved",
        IssueComment = "issue_comment",
        PrOpened = "pr_opened",
        PrClosed = "pr_closed",
        PrMerged = "pr_merged",
        PrReopened = "pr_reopened",
        PrUpdated = "pr_updated",
        PrReview = "pr_review",
        CodePushed = "code_pushed",
        ReleasePublished = "release_published",
        MessagePosted = "message_posted",
        MessageUpdated = "message_updated",
        MessageDeleted = "message_deleted",
        ReactionAdded = "reaction_added",
        FileCreated = "file_created",
        FileUpdated = "file_updated",
        FileDeleted = "file_deleted",
        FileMoved = "file_moved",
        CalendarEventCreated = "calendar_event_created",
        CalendarEventUpdated = "calendar_event_updated",
        CalendarEventDeleted = "calendar_event_deleted",
        EmailReceived = "email_received",
        EmailSent = "email_sent",
        EmailUpdated = "email_updated",
        EmailDeleted = "email_deleted",
    }
}

/// An event at a provider, normalized. Signals never change once stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Signal {
    /// The signal's id, a UUIDv7.
    #[schema(value_type = String, format = Uuid, example = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b")]
    pub id: SignalId,
    /// The provider's slug.
    #[schema(example = "github")]
    pub provider_slug: String,
    /// The connection that the event belongs to, or null if the tenant has none for the account.
    #[schema(required = true, value_type = Option<String>, format = Uuid, example = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b")]
    pub connection_id: Option<ConnectionId>,
    /// What happened.
    pub kind: SignalKind,
    /// When it happened, as the provider tells.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub occurred_at: Timestamp,
    /// When the service stored it.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub received_at: Timestamp,
    /// One line to show to people.
    #[schema(example = "Spelling error in the README file")]
    pub title: String,
    /// The page of what the event is about, `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri",
        pattern = "^https?://",
        example = "https://github.com/Codertocat/Hello-World/issues/1"
    )]
    pub url: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor: Option<Reference>,
    /// Where it happened: repository, channel, project, calendar, drive or mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<Reference>,
    /// The provider's event as it was received; of an email without what it says, which is not kept. `list_signals` leaves it out unless `include_payload=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object, example = json!({"action": "opened"}))]
    pub payload: Option<Box<RawValue>>,
}

/// Somebody or something at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reference {
    /// The provider's id.
    #[schema(example = "186853002")]
    pub id: String,
    /// The name to show to people.
    #[schema(example = "Codertocat/Hello-World")]
    pub name: String,
    /// Its page, `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri",
        pattern = "^https?://",
        example = "https://github.com/Codertocat/Hello-World"
    )]
    pub url: Option<String>,
}

/// What a provider makes of an event, before it is stored for a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalDraft {
    /// What happened.
    pub kind: SignalKind,
    /// When it happened; `None` if the event does not say, then the time of receipt stands in.
    pub occurred_at: Option<Timestamp>,
    /// One line to show to people.
    pub title: String,
    /// The page of what the event is about.
    pub url: Option<String>,
    /// Who did it.
    pub actor: Option<Reference>,
    /// Where it happened.
    pub source: Option<Reference>,
}
