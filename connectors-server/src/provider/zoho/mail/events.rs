//! What an outgoing webhook tells, and the signals that it becomes: an email that came in is an `email_received`. A task that was
//! made, or a post in Streams, which webhooks can be set up for too, is ignored.

use serde::Deserialize;

use super::address::addresses;
use crate::{
    model::{Reference, SignalDraft, SignalKind, display_text},
    provider::{
        Interpretation,
        zoho::text::{Number, unescaped},
    },
};

/// The fields that are stored; `summary` and `html`, which are what the email says, are not, nor is what Zoho may add.
pub(super) const KEPT: &[&str] = &[
    "IntegIdList",
    "Mode",
    "ccAddress",
    "folderId",
    "fromAddress",
    "hasAttachment",
    "messageId",
    "receivedTime",
    "sender",
    "sentDateInGMT",
    "size",
    "subject",
    "threadId",
    "toAddress",
    "zuid",
];

/// An email, without what it says.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Email {
    pub(super) message_id: Option<Number>,
    pub(super) zuid: Option<Number>,
    pub(super) subject: Option<String>,
    pub(super) sender: Option<String>,
    pub(super) from_address: Option<String>,
    pub(super) to_address: Option<String>,
    pub(super) cc_address: Option<String>,
    pub(super) received_time: Option<Number>,
    #[serde(rename = "sentDateInGMT")]
    pub(super) sent: Option<Number>,
}

/// What the mailbox may be called: by its owner first, since an email can be to several of a tenant's.
pub(super) fn names(payload: &str) -> Vec<String> {
    let email: Email = serde_json::from_str(payload).unwrap_or_default();
    let owner = email.zuid.and_then(|zuid| zuid.digits()).map(|zuid| owner(&zuid));
    let recipients = [email.to_address, email.cc_address].into_iter().flatten();
    let recipients = recipients.flat_map(|header| addresses(&header)).flat_map(|to| [alias(&to), to]);
    owner.into_iter().chain(recipients).collect()
}

/// The name of a mailbox by its owner.
pub(super) fn owner(zuid: &str) -> String {
    format!("zuid:{zuid}")
}

/// The name of a mailbox by an address that is not its own, but its alias.
pub(super) fn alias(address: &str) -> String {
    format!("alias:{address}")
}

/// What a delivery means.
pub(super) fn interpret(payload: &str) -> Interpretation {
    let email: Email = serde_json::from_str(payload).unwrap_or_default();
    let draft = email.received_time.is_some().then(|| draft(&email, SignalKind::EmailReceived)).flatten();
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

/// The signal of an email, if it is one.
pub(super) fn draft(email: &Email, kind: SignalKind) -> Option<SignalDraft> {
    email.message_id.as_ref()?.digits()?;
    let from = addresses(email.from_address.as_deref()?).into_iter().next()?;
    let to = email.to_address.as_deref().map(addresses).unwrap_or_default().into_iter().next();
    let title = display_text(&unescaped(email.subject.as_deref().unwrap_or_default()));
    let sender = display_text(&unescaped(email.sender.as_deref().unwrap_or_default()));
    let occurred_at = email.received_time.as_ref().or(email.sent.as_ref()).and_then(|time| time.milliseconds());
    Some(SignalDraft {
        kind,
        occurred_at,
        title: if title.is_empty() { "Email without subject".to_owned() } else { title },
        // Zoho documents no link to an email.
        url: None,
        actor: Some(Reference { name: if sender.is_empty() { from.clone() } else { sender }, id: from, url: None }),
        source: to.map(|to| Reference { name: to.clone(), id: to, url: None }),
    })
}
