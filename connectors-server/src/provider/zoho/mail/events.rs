//! What Zoho tells of an email, and the signal that it becomes: one that came in is an `email_received`, one that was sent an
//! `email_sent`. Of what outgoing webhooks tell, a task that was made, or a post in Streams, is ignored.

use serde::Deserialize;

use super::address::addresses;
use crate::{
    model::{ExternalAccount, Reference, SignalDraft, SignalKind, Timestamp, display_text},
    provider::{
        Interpretation, Versions,
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
    let draft = email.received_time.is_some().then(|| draft(&email, SignalKind::EmailReceived, None)).flatten();
    draft.map_or(Interpretation::Ignored, |draft| Interpretation::Signals(vec![draft]))
}

/// How a fetch would call the email that a delivery tells of.
pub(super) fn versions(payload: &str) -> Versions {
    let email: Email = serde_json::from_str(payload).unwrap_or_default();
    Versions { this: email.version(SignalKind::EmailReceived), object: None }
}

impl Email {
    pub(super) fn id(&self) -> Option<String> {
        self.message_id.as_ref()?.digits()
    }

    /// When it came in or was sent. `sentDateInGMT` comes second: in Zoho's samples it is hours later than the time at which the
    /// email came in.
    pub(super) fn at(&self) -> Option<Timestamp> {
        let times = [&self.received_time, &self.sent];
        times.into_iter().flatten().find_map(Number::milliseconds)
    }

    /// By which an email is known: it never changes, but one to oneself is sent and received.
    pub(super) fn version(&self, kind: SignalKind) -> Option<String> {
        Some(format!("{kind}:{}", self.id()?))
    }
}

/// The signal of an email, if it is one; a delivery tells by its recipient alone which mailbox it is in.
pub(super) fn draft(email: &Email, kind: SignalKind, mailbox: Option<&ExternalAccount>) -> Option<SignalDraft> {
    email.id()?;
    let from = addresses(email.from_address.as_deref()?).into_iter().next()?;
    let to = email.to_address.as_deref().map(addresses).unwrap_or_default().into_iter().next();
    let title = display_text(&unescaped(email.subject.as_deref().unwrap_or_default()));
    let sender = display_text(&unescaped(email.sender.as_deref().unwrap_or_default()));
    let source = match mailbox {
        Some(mailbox) => Some(Reference { id: mailbox.id.clone(), name: mailbox.name.clone(), url: None }),
        None => to.map(|to| Reference { name: to.clone(), id: to, url: None }),
    };
    Some(SignalDraft {
        kind,
        occurred_at: email.at(),
        title: if title.is_empty() { "Email without subject".to_owned() } else { title },
        // Zoho documents no link to an email.
        url: None,
        actor: Some(Reference { name: if sender.is_empty() { from.clone() } else { sender }, id: from, url: None }),
        source,
    })
}
