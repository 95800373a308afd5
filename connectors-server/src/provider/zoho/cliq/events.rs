//! Cliq's events and the signals that they become.
//!
//! | handler and operation | becomes |
//! |---|---|
//! | `participation_handler`, `message_sent` | `message_posted` |
//! | `participation_handler`, `message_edited` | `message_updated` |
//! | `participation_handler`, `message_deleted` | `message_deleted` |
//! | `message_handler`: somebody wrote to the bot | `message_posted` |
//!
//! All else is ignored: a bot that comes and goes, threads that open and close, commands, forms and buttons; and the
//! `mention_handler`, as a bot that takes part in the channel is told of that message anyway. Cliq tells bots of no reactions.

use super::payload::{Call, Params, Told, id};
use crate::{
    model::{Reference, SignalDraft, SignalKind, display_text},
    provider::Interpretation,
};

/// What a delivery means.
pub(super) fn interpret(payload: &str) -> Interpretation {
    let draft = serde_json::from_str(payload).ok().and_then(|call| signal(call, payload));
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

fn signal(call: Call, payload: &str) -> Option<SignalDraft> {
    let params = match call.params {
        Some(params) => params,
        // A bot's script that posts the attributes as it got them.
        None => serde_json::from_str(payload).ok()?,
    };
    let handler = call.handler.and_then(|handler| handler.kind);
    let (kind, told) = match (handler.as_deref(), params.operation.as_deref()) {
        (Some("participation_handler") | None, Some("message_sent")) => (SignalKind::MessagePosted, &params.data),
        (Some("participation_handler") | None, Some("message_edited")) => (SignalKind::MessageUpdated, &params.data),
        (Some("participation_handler") | None, Some("message_deleted")) => (SignalKind::MessageDeleted, &params.data),
        (Some("message_handler"), None) => (SignalKind::MessagePosted, &params.message_details),
        _ => return None,
    };
    let (chat, told) = (params.chat.as_ref()?, told.as_ref()?);
    let id = id(chat.id.as_ref())?;
    let name = display_text(chat.title.as_deref().unwrap_or_default());
    let source = Reference { name: if name.is_empty() { id.clone() } else { name }, id, url: None };
    let occurred_at = told.time.as_ref().or(call.timestamp.as_ref()).and_then(|time| time.milliseconds());
    Some(SignalDraft {
        kind,
        occurred_at,
        title: title(kind, told),
        // Cliq documents no link to a message or chat.
        url: None,
        actor: actor(&params),
        source: Some(source),
    })
}

fn title(kind: SignalKind, told: &Told) -> String {
    if kind == SignalKind::MessageDeleted {
        return "Message deleted".to_owned();
    }
    let message = told.message.as_ref();
    let texts = message.into_iter().flat_map(|message| [&message.text, &message.comment]).flatten();
    let text = texts.map(|text| display_text(text)).find(|text| !text.is_empty());
    text.unwrap_or_else(|| "Message without text".to_owned())
}

fn actor(params: &Params) -> Option<Reference> {
    let user = params.user.as_ref()?;
    let id = id(user.id.as_ref())?;
    Some(Reference { name: user.name().unwrap_or_else(|| id.clone()), id, url: None })
}
