//! Slack's events and the signals that they become.
//!
//! | event | becomes |
//! |---|---|
//! | `message`, by people and bots, in a thread or with files too | `message_posted` |
//! | `message_changed` that somebody edited | `message_updated`; a link that unfolds, or a thread that grows, is no edit |
//! | `message_deleted`; `message_changed` into a `tombstone`, as the first message of a thread is deleted | `message_deleted` |
//! | `reaction_added` to a message | `reaction_added` |
//! | `tokens_revoked` with a bot's, `app_uninstalled` | the grant was withdrawn |
//!
//! All else is ignored: other subtypes are Slack's own words about a channel, `app_mention` tells of a `message` again, and a
//! reaction that is taken back is no news.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    payload::{Edited, Envelope, Id, Message, Named, Reaction, TokensRevoked, UrlVerification, id, time},
    text::plain,
};
use crate::{
    model::{Reference, SignalDraft, SignalKind, Timestamp, display_text},
    provider::Interpretation,
};

/// The delivery's id, and the account that the event happened in.
pub(super) fn envelope(payload: &str) -> (Option<String>, Option<String>) {
    let envelope: Envelope<'_> = serde_json::from_str(payload).unwrap_or_default();
    let account = envelope.account().map(str::to_owned);
    (envelope.event_id, account)
}

/// What a delivery means.
pub(super) fn interpret(payload: &str) -> Interpretation {
    match serde_json::from_str(payload) {
        Ok(UrlVerification { kind, challenge }) if kind == "url_verification" => {
            return Interpretation::Challenge { challenge };
        }
        _ => {}
    }
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(payload) else { return Interpretation::Ignored };
    match (envelope.kind.as_deref(), envelope.event) {
        (Some("event_callback"), Some(event)) => callback(&envelope, event),
        _ => Interpretation::Ignored,
    }
}

fn callback(envelope: &Envelope<'_>, event: &RawValue) -> Interpretation {
    let kind = read::<Named>(event).and_then(|named| named.kind);
    let withdrawn = match kind.as_deref() {
        Some("app_uninstalled") => true,
        // This service holds no user's token.
        Some("tokens_revoked") => {
            read::<TokensRevoked>(event).and_then(|revoked| revoked.tokens?.bot).is_some_and(|bots| !bots.is_empty())
        }
        _ => false,
    };
    if withdrawn {
        let account = envelope.account().map(str::to_owned);
        return account.map_or(Interpretation::Ignored, |account| Interpretation::GrantRevoked { account });
    }
    let workspace = envelope.workspace().unwrap_or_default();
    let draft = match kind.as_deref() {
        Some("message") => read(event).and_then(|event| message(workspace, &event)),
        Some("reaction_added") => read(event).and_then(|event| reaction(workspace, &event)),
        _ => None,
    };
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

fn read<'a, T: Deserialize<'a>>(event: &'a RawValue) -> Option<T> {
    serde_json::from_str(event.get()).ok()
}

fn message(workspace: &str, event: &Message) -> Option<SignalDraft> {
    let channel = id(event.channel.as_ref())?;
    let draft = |kind, title: &str, at: Option<Timestamp>, actor| signal(kind, title, at, actor, workspace, channel);
    match (event.subtype.as_deref(), event.message.as_deref()) {
        (None | Some("bot_message" | "file_share" | "me_message" | "thread_broadcast"), None) => {
            event.ts.as_ref()?;
            Some(draft(SignalKind::MessagePosted, &title(event), time(event.ts.as_ref()), author(event)))
        }
        (Some("message_changed"), Some(message)) if message.subtype.as_deref() == Some("tombstone") => {
            Some(draft(SignalKind::MessageDeleted, DELETED, time(event.ts.as_ref()), None))
        }
        (Some("message_changed"), Some(message)) => {
            let edited = message.edited.as_ref()?;
            if event.previous_message.as_ref().and_then(|before| before.edited.as_ref()) == Some(edited) {
                return None;
            }
            let Edited { user, ts } = edited;
            let actor = person(user.as_ref()).or_else(|| author(message));
            Some(draft(SignalKind::MessageUpdated, &title(message), time(ts.as_ref()), actor))
        }
        // Who deleted it is not told.
        (Some("message_deleted"), _) => Some(draft(SignalKind::MessageDeleted, DELETED, time(event.ts.as_ref()), None)),
        _ => None,
    }
}

const DELETED: &str = "Message deleted";

fn title(message: &Message) -> String {
    let text = display_text(&plain(message.text.as_deref().unwrap_or_default()));
    let is_reply = message.thread_ts.is_some() && message.thread_ts != message.ts;
    match (text.is_empty(), is_reply) {
        (true, false) => "Message without text".to_owned(),
        (true, true) => "Reply without text".to_owned(),
        (false, false) => text,
        (false, true) => format!("Reply: {text}"),
    }
}

fn reaction(workspace: &str, event: &Reaction) -> Option<SignalDraft> {
    let item = event.item.as_ref().filter(|item| item.kind.as_deref() == Some("message"))?;
    let title = format!(":{}: on a message", event.reaction.as_ref()?);
    let (at, actor) = (time(event.event_ts.as_ref()), person(event.user.as_ref()));
    Some(signal(SignalKind::ReactionAdded, &title, at, actor, workspace, id(item.channel.as_ref())?))
}

/// Who wrote a message. Events carry names of bots alone.
fn author(message: &Message) -> Option<Reference> {
    let id = id(message.user.as_ref()).or_else(|| id(message.bot_id.as_ref()))?;
    let name = message.username.as_ref().or(message.bot_profile.as_ref().and_then(|profile| profile.name.as_ref()));
    let name = name.map(|name| display_text(name)).filter(|name| !name.is_empty());
    Some(Reference { id: id.to_owned(), name: name.unwrap_or_else(|| id.to_owned()), url: None })
}

fn person(user: Option<&Id>) -> Option<Reference> {
    let id = id(user)?;
    Some(Reference { id: id.to_owned(), name: id.to_owned(), url: None })
}

fn signal(
    kind: SignalKind,
    title: &str,
    occurred_at: Option<Timestamp>,
    actor: Option<Reference>,
    workspace: &str,
    channel: &str,
) -> SignalDraft {
    // "Deep linking into Slack"; a link to the message itself holds the workspace's domain, which events don't tell.
    let url =
        (!workspace.is_empty()).then(|| format!("https://slack.com/app_redirect?team={workspace}&channel={channel}"));
    let source = Reference { id: channel.to_owned(), name: channel.to_owned(), url: url.clone() };
    SignalDraft { kind, occurred_at, title: display_text(title), url, actor, source: Some(source) }
}
