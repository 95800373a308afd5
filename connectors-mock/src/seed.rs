//! Connections and signals that a test begins with.

use std::time::Duration;

use chrono::{DateTime, Utc};
use connectors_client::ConnectionId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json, value::RawValue};
use uuid::Uuid;

use crate::{
    catalogue::{Account, CATALOGUE, Provider},
    contract::CONTRACT,
    state::{Connection, Signal},
    suggest::hint,
    timestamp::Timestamp,
};

/// A connection that a tenant begins with. What is not said is as after a connect with the mock's user.
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// use connectors_mock::NewConnection;
/// # #[tokio::main]
/// # async fn main() {
/// let mock = ConnectorsMock::start().await;
/// let revoked = NewConnection::to("github").account("583231", "octocat").status("revoked");
/// let connection = mock.tenant("acme").has_connection(revoked);
/// assert_eq!(connection.external_account.name, "octocat");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct NewConnection(Map<String, Value>);

/// A signal that a tenant begins with. What is not said is as in the recorded event of its kind: of the connection's provider, or
/// the first by name that records one. It is of no connection unless one is named, and it has happened when the recorded event
/// did, years ago for most.
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// use connectors_mock::NewSignal;
/// # #[tokio::main]
/// # async fn main() {
/// let mock = ConnectorsMock::start().await;
/// let signal = mock.tenant("acme").has_signal(NewSignal::of("pr_merged").title("Add the engine"));
/// assert_eq!(signal.title, "Add the engine");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct NewSignal(Map<String, Value>);

macro_rules! set {
    ($($(#[$doc:meta])* $method:ident($($argument:ident: $type:ty),+) => $field:literal: $value:expr;)+) => {
        $(
            $(#[$doc])*
            pub fn $method(mut self, $($argument: $type),+) -> Self {
                self.0.insert($field.to_owned(), $value);
                self
            }
        )+
    };
}

impl NewConnection {
    /// A connection to this provider.
    pub fn to(provider: &str) -> Self {
        Self(Map::from_iter([("provider".to_owned(), json!(provider))]))
    }

    set! {
        /// To this account.
        account(id: &str, name: &str) => "external_account": json!({"id": id, "name": name});
        /// `active`, `error`, `revoked`, or a status that is yet to come.
        status(status: &str) => "status": json!(status);
        /// What stops it.
        last_error(error: &str) => "last_error": json!(error);
        /// The scopes granted.
        scopes(scopes: &[&str]) => "scopes": json!(scopes);
        /// When it was first connected.
        created_at(time: DateTime<Utc>) => "created_at": json!(Timestamp::from(time));
        /// When the access token expires.
        expires_at(time: DateTime<Utc>) => "expires_at": json!(Timestamp::from(time));
        /// What else the provider said of the account.
        metadata(metadata: Value) => "metadata": metadata;
    }

    pub(crate) fn build(self, id: Uuid, now: Timestamp) -> Result<Connection, String> {
        let provider = known(&self.0, "provider")?;
        let Account { external_account, metadata, .. } = &provider.account;
        let mut scopes = provider.info.scopes.clone();
        scopes.sort();
        let mut defaults = json!({
            "id": id,
            "provider": provider.info.name,
            "status": "active",
            "external_account": external_account,
            "scopes": scopes,
            "created_at": now,
            "updated_at": now,
            "metadata": metadata,
        });
        if let Some(seconds) = provider.token_lifetime_seconds {
            defaults["expires_at"] = json!(now.after(Duration::from_secs(seconds)));
        }
        merged("Connection", defaults, self.0)
    }
}

impl NewSignal {
    /// A signal of this kind, be it one that the service does not know yet.
    pub fn of(kind: &str) -> Self {
        Self(Map::from_iter([("kind".to_owned(), json!(kind))]))
    }

    set! {
        /// Of this provider.
        provider(provider: &str) => "provider_slug": json!(provider);
        /// Of this connection of the tenant's, which may be deleted by now.
        connection(id: ConnectionId) => "connection_id": json!(id);
        /// One line to show to people.
        title(title: &str) => "title": json!(title);
        /// The page of what it is about.
        url(url: &str) => "url": json!(url);
        /// When it happened.
        occurred_at(time: DateTime<Utc>) => "occurred_at": json!(Timestamp::from(time));
        /// Who did it.
        actor(id: &str, name: &str) => "actor": json!({"id": id, "name": name});
        /// Where it happened.
        source(id: &str, name: &str) => "source": json!({"id": id, "name": name});
        /// The provider's event.
        payload(payload: Value) => "payload": payload;
    }

    /// The connection that it is said to be of.
    pub(crate) fn of_connection(&self) -> Option<Uuid> {
        self.0.get("connection_id")?.as_str()?.parse().ok()
    }

    /// It is of this provider, unless another was named.
    pub(crate) fn or_provider(mut self, provider: &str) -> Self {
        self.0.entry("provider_slug").or_insert_with(|| json!(provider));
        self
    }

    pub(crate) fn build(self, id: Uuid, now: Timestamp) -> Result<Signal, String> {
        let kind = self.0.get("kind").and_then(Value::as_str).unwrap_or_default();
        let tells = |provider: &&'static Provider| provider.info.signal_kinds.iter().any(|known| known == kind);
        let provider = match CATALOGUE.providers.iter().find(tells) {
            Some(first) if !self.0.contains_key("provider_slug") => first,
            first => {
                let provider = known(&self.0, "provider_slug")?;
                if first.is_some() && !tells(&provider) {
                    let tell: Vec<_> =
                        CATALOGUE.providers.iter().filter(tells).map(|it| it.info.name.as_str()).collect();
                    let name = &provider.info.name;
                    return Err(format!(
                        "no event of {name} becomes a signal of the kind `{kind}`, but of {}",
                        tell.join(", ")
                    ));
                }
                provider
            }
        };
        let mut defaults = json!({
            "id": id,
            "provider_slug": provider.info.name,
            "connection_id": null,
            "occurred_at": now,
            "received_at": now,
        });
        let recorded = provider.event(kind);
        let draft = recorded.and_then(|event| event.signals.iter().find(|signal| signal.kind == kind));
        defaults["title"] = json!(draft.map_or(kind, |draft| &draft.title));
        if let Some(draft) = draft {
            let fields = [
                ("url", json!(draft.url)),
                ("actor", json!(draft.actor)),
                ("source", json!(draft.source)),
                ("occurred_at", json!(draft.occurred_at)),
            ];
            for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
                defaults[name] = value;
            }
        }
        if self.0.contains_key("payload") {
            return merged("Signal", defaults, self.0);
        }
        // The recorded one is as the contract has it, and long.
        let mut signal: Signal = merged("Signal", defaults, self.0)?;
        let empty = || RawValue::from_string("{}".to_owned()).expect("it is JSON");
        signal.payload = Some(recorded.map_or_else(empty, |event| event.kept(provider).to_owned()));
        Ok(signal)
    }
}

/// The provider that the fields name, or the first. What is no text is left to the schema, with all else that is wrong.
fn known(fields: &Map<String, Value>, name: &str) -> Result<&'static Provider, String> {
    let first = || CATALOGUE.names().next().unwrap_or_default();
    let slug = fields.get(name).and_then(Value::as_str).unwrap_or_else(first);
    CATALOGUE.provider(slug).ok_or_else(|| format!("there is no provider `{slug}`{}", hint(slug, CATALOGUE.names())))
}

/// The defaults with the fields over them, as a row that the contract allows.
fn merged<T: DeserializeOwned>(schema: &str, mut row: Value, fields: Map<String, Value>) -> Result<T, String> {
    for (name, value) in fields {
        row[name] = value;
    }
    CONTRACT.judge_value(schema, &row).map_err(|problem| format!("the contract allows no such {schema}: {problem}"))?;
    serde_json::from_str(&row.to_string()).map_err(|problem| format!("no such {schema}: {problem}"))
}

macro_rules! from_text_and_json {
    ($($type:ident by $field:literal),+) => {
        $(
            impl From<&str> for $type {
                fn from(value: &str) -> Self {
                    Self(Map::from_iter([($field.to_owned(), json!(value))]))
                }
            }

            impl From<Value> for $type {
                /// The fields of a JSON object, named as on the wire; those that are not there have their defaults. One
                /// that the contract does not know is refused.
                fn from(value: Value) -> Self {
                    match value {
                        Value::Object(fields) => Self(fields),
                        other => Self(Map::from_iter([($field.to_owned(), other)])),
                    }
                }
            }
        )+
    };
}

from_text_and_json!(NewConnection by "provider", NewSignal by "kind");
