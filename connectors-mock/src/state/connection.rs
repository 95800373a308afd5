//! Connections.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::Rows;
use crate::{catalogue::CATALOGUE, timestamp::Timestamp};

/// A connection as it stands on the wire; the order of fields is the order there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) provider: String,
    pub(crate) status: String,
    pub(crate) external_account: ExternalAccount,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_error: Option<String>,
    pub(crate) metadata: Map<String, Value>,
}

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExternalAccount {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// A connection, or what is left of a deleted one: deliveries for its account are ignored.
#[derive(Debug, Clone)]
pub(crate) struct StoredConnection {
    pub(crate) connection: Connection,
    pub(crate) deleted: bool,
}

impl StoredConnection {
    /// Whether it is to this account.
    pub(crate) fn is_to(&self, provider: &str, account: &str) -> bool {
        self.connection.provider == provider && self.connection.external_account.id == account
    }

    /// Whether its account is called one of these names.
    pub(crate) fn is_called(&self, provider: &str, names: &[String]) -> bool {
        self.connection.provider == provider && self.connection.is_called(names)
    }
}

impl Connection {
    /// Whether its account is called one of these names. What recorded deliveries call the catalogue's account besides its id is
    /// a name of that account, and of others that share what it names: a site.
    pub(crate) fn is_called(&self, names: &[String]) -> bool {
        let known = CATALOGUE.provider(&self.provider).map(|provider| &provider.account);
        let others = known.into_iter().flat_map(|known| {
            let is_it = known.external_account.id == self.external_account.id;
            known.names.iter().filter(move |name| is_it || self.shares(name))
        });
        others.chain([&self.external_account.id]).any(|known| names.contains(known))
    }

    /// Whether the metadata have a URL at the host that the name ends with.
    fn shares(&self, name: &str) -> bool {
        fn is_there(value: &Value, host: &str) -> bool {
            match value {
                Value::String(text) => Url::parse(text).is_ok_and(|url| url.host_str() == Some(host)),
                Value::Array(items) => items.iter().any(|item| is_there(item, host)),
                Value::Object(fields) => fields.values().any(|field| is_there(field, host)),
                _ => false,
            }
        }
        let host = name.split_once(':').map(|(_, host)| host);
        host.is_some_and(|host| self.metadata.values().any(|value| is_there(value, host)))
    }
}

impl Rows {
    /// The connections that were not deleted, oldest first.
    pub(crate) fn live_connections(&self) -> Vec<&Connection> {
        let live = self.connections.iter().filter(|stored| !stored.deleted).map(|stored| &stored.connection);
        let mut live: Vec<_> = live.collect();
        live.sort_by_key(|connection| (connection.created_at, connection.id));
        live
    }

    /// The connection with this id.
    pub(crate) fn connection(&self, id: Uuid) -> Option<&Connection> {
        let live = self.connections.iter().filter(|stored| !stored.deleted);
        live.map(|stored| &stored.connection).find(|connection| connection.id == id)
    }

    /// The connection to an account that is called so, and whether it is deleted. A live one goes before a deleted one.
    pub(crate) fn connection_to(&self, provider: &str, names: &[String]) -> Option<(Uuid, bool)> {
        let to_it = self.connections.iter().filter(|stored| stored.is_called(provider, names));
        to_it.min_by_key(|stored| stored.deleted).map(|stored| (stored.connection.id, stored.deleted))
    }

    /// Adds a connection, or refreshes the one that there is to its account. Returns it as it is now.
    pub(crate) fn connect(&mut self, connection: Connection) -> Connection {
        let (provider, account) = (&connection.provider, &connection.external_account.id);
        let known = self.connections.iter_mut().find(|stored| !stored.deleted && stored.is_to(provider, account));
        match known {
            Some(known) => {
                let (id, created_at) = (known.connection.id, known.connection.created_at);
                known.connection = Connection { id, created_at, last_error: None, ..connection };
                known.connection.clone()
            }
            None => {
                self.connections.push(StoredConnection { connection: connection.clone(), deleted: false });
                connection
            }
        }
    }

    /// Deletes a connection. Returns whether there was one.
    pub(crate) fn disconnect(&mut self, id: Uuid) -> bool {
        let found = self.connections.iter_mut().find(|stored| !stored.deleted && stored.connection.id == id);
        found.map(|stored| stored.deleted = true).is_some()
    }
}
