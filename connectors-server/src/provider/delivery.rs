//! Deliveries: what a provider posts to a webhook.

use std::{collections::BTreeMap, fmt};

use http::HeaderMap;
use serde_json::value::RawValue;

use crate::model::SignalDraft;

/// A delivery as it came in.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The request's body, byte for byte.
    pub body: &'a [u8],
}

impl fmt::Debug for Delivery<'_> {
    /// Neither headers nor body: they hold signatures, and what people wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} bytes)", self.body.len())
    }
}

impl<'a> Delivery<'a> {
    /// The header's value, if it is there once and is text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }
}

/// Who vouches for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The tenant, whose own secret signed it.
    Tenant,
    /// The provider, which signed it for the app: it vouches only for accounts that the tenant has connected.
    App,
    /// Core, which has shown its operator token and named the tenant.
    Core,
}

/// A delivery whose body was parsed.
#[derive(Debug, Clone)]
pub struct Event {
    /// The event's name, if a header carries it; else it is empty.
    pub name: String,
    /// The provider's id of the delivery; its repeats carry the same.
    pub delivery_id: Option<String>,
    /// The account that the event happened in.
    pub account: Option<Account>,
    /// The body's JSON, as it was received.
    pub payload: Box<RawValue>,
}

/// How a delivery calls an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// By `external_account.id`.
    Id(String),
    /// By these other names, any of which will do: [`Identity::names`](super::Identity::names), or
    /// [`Subscription::name`](super::Subscription::name).
    Names(Vec<String>),
}

impl Account {
    /// The id or the names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Id(id) => std::slice::from_ref(id),
            Self::Names(names) => names,
        }
    }
}

/// The body is not what the provider sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// The body's JSON, if it is an object.
pub(super) fn json_object(json: serde_json::Result<Box<RawValue>>) -> Result<Box<RawValue>, Malformed> {
    let payload = json.ok().filter(|payload| payload.get().starts_with('{'));
    payload.ok_or_else(|| Malformed("must be a JSON object".into()))
}

/// The body with these fields alone, and of those only what is no object or list.
pub(super) fn kept(payload: &RawValue, fields: &[&str]) -> Box<RawValue> {
    let mut all: BTreeMap<String, &RawValue> = serde_json::from_str(payload.get()).unwrap_or_default();
    all.retain(|name, value| fields.contains(&name.as_str()) && !value.get().starts_with(['{', '[']));
    serde_json::value::to_raw_value(&all).unwrap_or_else(|_| unreachable!("what was JSON is JSON"))
}

/// What an event means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interpretation {
    /// No rule makes a signal of it.
    Ignored,
    /// It announces a change, which is to be fetched.
    Ring,
    /// It becomes these signals.
    Signals(Vec<SignalDraft>),
    /// The provider checks that the webhook is this service's, by having it answer with this text.
    Challenge {
        /// The text.
        challenge: String,
    },
    /// The user of this account withdrew the grant.
    GrantRevoked {
        /// The account, as `external_account.id`.
        account: String,
    },
}
