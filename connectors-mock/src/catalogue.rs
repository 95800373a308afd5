//! What the mock knows of providers: data that `cargo xtask codegen` writes from the server's code.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    state::{ExternalAccount, Reference},
    timestamp::Timestamp,
};

/// The catalogue, read once.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_json::from_str(include_str!("generated/catalogue.json")).expect("the generated catalogue has this shape")
});

#[derive(Debug, Deserialize)]
pub(crate) struct Catalogue {
    /// The providers, sorted by name.
    pub(crate) providers: Vec<Provider>,
}

/// A provider.
#[derive(Debug, Deserialize)]
pub(crate) struct Provider {
    /// As `list_providers` shows it.
    pub(crate) info: ProviderInfo,
    /// Its authorize URL.
    pub(crate) authorize: Authorize,
    /// Its data centers, if users' data are in one of several: what `location` calls each, and its server. The user's are in the first.
    pub(crate) data_centers: Vec<(String, String)>,
    /// The error codes with which it refuses a code.
    pub(crate) refusals: Refusals,
    /// How many seconds a code can be exchanged.
    pub(crate) code_lifetime_seconds: u64,
    /// How many seconds its access tokens live, if they end.
    pub(crate) token_lifetime_seconds: Option<u64>,
    /// Whose account its recorded deliveries are of.
    pub(crate) account: Account,
    /// How its deliveries look.
    pub(crate) webhook: WebhookScheme,
    /// Its recorded deliveries.
    pub(crate) events: Vec<RecordedEvent>,
    /// `info` as JSON: not available, and available.
    #[serde(skip)]
    listed: [OnceLock<Box<RawValue>>; 2],
}

/// A provider as `list_providers` shows it. The order of fields is the order on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProviderInfo {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) auth_type: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) webhooks: bool,
    pub(crate) signal_kinds: Vec<String>,
    pub(crate) available: bool,
}

/// An authorize URL with placeholders: `{client_id}`, `{redirect_uri}`, `{state}`, `{code_challenge}`, and twice
/// `{scope}` with what separates scopes in between, after those that are always asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Authorize {
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// What may stand in `iss` (RFC 9207).
    pub(crate) issuers: Vec<String>,
}

/// With which error codes a provider refuses a code.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusals {
    /// It is unknown or spent.
    pub(crate) code: String,
    /// It was made for another redirect URL.
    pub(crate) redirect_uri: String,
}

/// An account, as a connection shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Account {
    pub(crate) external_account: ExternalAccount,
    pub(crate) metadata: Map<String, Value>,
    /// What else deliveries call it.
    pub(crate) names: Vec<String>,
}

/// What a recorded delivery calls the account that it happened in; who vouches for it decides how far it is believed.
#[derive(Debug, Deserialize)]
pub(crate) struct Accounts {
    /// Signed with the tenant's own secret.
    pub(crate) tenant: Vec<String>,
    /// Signed for the app.
    pub(crate) app: Vec<String>,
    /// Handed on.
    pub(crate) core: Vec<String>,
}

/// How deliveries look.
#[derive(Debug, Deserialize)]
pub(crate) struct WebhookScheme {
    /// The header that names the event.
    pub(crate) event_header: Option<String>,
    /// The header that names the subscription of which it is, if headers tell all; else there is a body.
    pub(crate) subscription_header: Option<String>,
    /// The header that holds the delivery's id.
    pub(crate) id_header: Option<String>,
    /// The field of the body that holds it.
    pub(crate) id_field: Option<String>,
    /// How the deliveries of tenants' own webhooks are signed, if they can have any.
    pub(crate) own: Option<Signature>,
    /// The header in which the provider hands the secret of a tenant's webhook over, if it makes it.
    pub(crate) handed_over_in: Option<String>,
    /// How the deliveries to the app's single URL are signed.
    pub(crate) app: Option<Signature>,
    /// Whether a body may be a form that carries the JSON.
    pub(crate) forms: bool,
    /// Whether a repeat is known by its body, be it signed or not.
    pub(crate) known_by_body: bool,
    /// Whether deliveries name the account that they are of.
    pub(crate) names_account: bool,
    /// The fields of the body that are stored; else all of it is.
    pub(crate) kept: Option<Vec<String>>,
    /// The delivery that is answered with one of its fields.
    pub(crate) handshake: Option<Handshake>,
}

/// What stands in a delivery to prove where it comes from.
#[derive(Debug, Deserialize)]
pub(crate) struct Signature {
    /// The header that holds it.
    pub(crate) header: String,
    /// Whether nobody can change the body without breaking it.
    pub(crate) covers_body: bool,
    #[serde(flatten)]
    pub(crate) proof: Proof,
}

/// What is made with the secret.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Proof {
    /// An HMAC-SHA256 of the body, or of a time and the body.
    Hmac {
        /// What stands before it.
        prefix: String,
        /// How its bytes are written.
        encoding: Encoding,
        /// The time that is signed before the body.
        signed_time: Option<SignedTime>,
    },
    /// The secret itself.
    Token,
    /// A bearer token: a JWT, signed with HS256.
    Jwt,
    /// What the mock has nothing to check with, as a deployment that was given no public key and has no subscriptions.
    Unverifiable,
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// A time that is signed with the body: `{version}:{time}:{body}`.
#[derive(Debug, Deserialize)]
pub(crate) struct SignedTime {
    pub(crate) header: String,
    pub(crate) version: String,
    pub(crate) tolerance_seconds: u64,
}

/// A delivery that is answered with what stands in one of its fields.
#[derive(Debug, Deserialize)]
pub(crate) struct Handshake {
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) answer: String,
}

/// A recorded delivery and what the server makes of it.
#[derive(Debug, Deserialize)]
pub(crate) struct RecordedEvent {
    /// `issues.opened`.
    pub(crate) name: String,
    /// What the event header says.
    pub(crate) event: String,
    /// Whether it is a change that the service fetches; then no delivery has this body.
    pub(crate) fetched: bool,
    pub(crate) means: Meaning,
    /// The account that it happened in.
    pub(crate) accounts: Accounts,
    /// The body.
    pub(crate) payload: String,
    /// The signals that it becomes.
    pub(crate) signals: Vec<SignalDraft>,
    #[serde(skip)]
    json: OnceLock<Value>,
    #[serde(skip)]
    kept: OnceLock<Box<RawValue>>,
}

/// What the server does with a recorded delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Meaning {
    /// It stores signals.
    Signals,
    /// It fetches what has changed in the account.
    Ring,
    /// It looks whether the account's grant was withdrawn.
    GrantRevoked,
    Nothing,
}

/// A signal before it is stored for a tenant.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SignalDraft {
    pub(crate) kind: String,
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
    pub(crate) actor: Option<Reference>,
    pub(crate) source: Option<Reference>,
}

impl Catalogue {
    /// The provider with this slug.
    pub(crate) fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.info.name == name)
    }

    /// The slugs.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|provider| provider.info.name.as_str())
    }
}

impl Provider {
    /// As `list_providers` shows it.
    pub(crate) fn listed(&self, available: bool) -> &RawValue {
        self.listed[usize::from(available)].get_or_init(|| {
            let info = ProviderInfo { available, ..self.info.clone() };
            serde_json::value::to_raw_value(&info).expect("a provider is JSON")
        })
    }

    /// The recorded delivery whose body is this JSON.
    pub(crate) fn recorded(&self, payload: &Value) -> Option<&RecordedEvent> {
        self.events.iter().find(|event| !event.fetched && event.json() == payload)
    }

    /// The recorded event with this name, or the first that becomes a signal of this kind.
    pub(crate) fn event(&self, name_or_kind: &str) -> Option<&RecordedEvent> {
        let named = self.events.iter().find(|event| event.name == name_or_kind);
        let makes = |event: &&RecordedEvent| event.signals.iter().any(|signal| signal.kind == name_or_kind);
        named.or_else(|| self.events.iter().find(makes))
    }

    /// Whether a code is bound to the authorization that it was made for by a verifier (RFC 7636).
    pub(crate) fn has_pkce(&self) -> bool {
        self.authorize.query.iter().any(|(_, template)| template == "{code_challenge}")
    }

    /// Whether a callback may name this data center and its server; a provider that has but one does not look.
    pub(crate) fn has_data_center(&self, location: Option<&str>, server: Option<&str>) -> bool {
        let mut centers = self.data_centers.iter();
        let Some(first) = centers.next() else { return true };
        let named = match location {
            None => Some(first),
            Some(location) => self.data_centers.iter().find(|(known, _)| known == location),
        };
        named.is_some_and(|(_, own)| server.is_none_or(|server| server.strip_suffix('/').unwrap_or(server) == own))
    }

    /// What is stored of a delivery's JSON.
    pub(crate) fn kept(&self, payload: &RawValue) -> Box<RawValue> {
        let Some(fields) = &self.webhook.kept else { return payload.to_owned() };
        let mut all: BTreeMap<String, &RawValue> = serde_json::from_str(payload.get()).unwrap_or_default();
        all.retain(|name, value| fields.contains(name) && !value.get().starts_with(['{', '[']));
        serde_json::value::to_raw_value(&all).expect("what was JSON is JSON")
    }

    /// The issuer that its callbacks carry, if they do.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.authorize.issuers.first().map(String::as_str)
    }
}

impl RecordedEvent {
    /// The body, parsed.
    pub(crate) fn json(&self) -> &Value {
        self.json.get_or_init(|| serde_json::from_str(&self.payload).unwrap_or_default())
    }

    /// What is stored of the body.
    pub(crate) fn kept(&self, provider: &Provider) -> &RawValue {
        self.kept.get_or_init(|| {
            let raw = RawValue::from_string(self.payload.clone());
            provider.kept(&raw.expect("a recorded event is JSON"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_event_is_json_with_signals_of_its_providers_kinds() {
        for provider in &CATALOGUE.providers {
            let WebhookScheme { id_header, id_field, .. } = &provider.webhook;
            assert!(id_header.is_none() || id_field.is_none());
            for event in &provider.events {
                assert!(event.json().is_object() && event.kept(provider).get().starts_with('{'), "{}", event.name);
                assert!(event.signals.iter().all(|signal| provider.info.signal_kinds.contains(&signal.kind)));
            }
        }
    }
}
