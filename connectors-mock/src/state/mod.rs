//! What the mock remembers.

mod connection;
mod cursor;
mod delivery;
mod made;
mod oauth;
mod signal;

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

pub(crate) use self::{
    connection::{Connection, ExternalAccount, StoredConnection},
    cursor::{Cursors, Position, Scope},
    delivery::DeliveryKeys,
    made::Made,
    oauth::{Code, OAuthState, STATE_LIFETIME, StateStatus},
    signal::{Reference, Signal},
};
use crate::{http::Buckets, plan::Plan, timestamp::Timestamp};

/// All of it. A clone is a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// The present; it stands still until it is told to move.
    pub(crate) now: Timestamp,
    /// What was made so far: ids, states, codes.
    pub(crate) made: Made,
    /// Authorizations under way, by state.
    pub(crate) states: HashMap<String, OAuthState>,
    /// Codes that providers handed out.
    pub(crate) codes: HashMap<String, Code>,
    /// The last code that was handed out for each state.
    pub(crate) handed_out: HashMap<String, String>,
    pub(crate) cursors: Cursors,
    pub(crate) buckets: Buckets,
    /// What a test wants to happen.
    pub(crate) plans: Vec<Plan>,
    /// Whether the service would have asked its database by now.
    pub(crate) is_asked: bool,
    tenants: BTreeMap<Uuid, Rows>,
}

/// The most secrets of a tenant's webhooks at one provider.
const MOST_WEBHOOK_SECRETS: usize = 50;

/// A tenant's rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) connections: Vec<StoredConnection>,
    pub(crate) signals: Vec<Signal>,
    pub(crate) deliveries: DeliveryKeys,
    /// Secrets of its webhooks that providers have handed over, each with the provider's name.
    pub(crate) webhook_secrets: Vec<(String, String)>,
}

impl Rows {
    /// Keeps a secret that this provider hands over, as the newest of at most fifty. Of those that are handed over at one moment the
    /// service may take another for the oldest.
    pub(crate) fn keep_webhook_secret(&mut self, provider: &str, secret: String) {
        let handed_over = (provider.to_owned(), secret);
        self.webhook_secrets.retain(|known| *known != handed_over);
        self.webhook_secrets.push(handed_over);
        let is_own = |(name, _): &(String, String)| name == provider;
        if self.webhook_secrets.iter().filter(|known| is_own(known)).count() > MOST_WEBHOOK_SECRETS
            && let Some(oldest) = self.webhook_secrets.iter().position(is_own)
        {
            self.webhook_secrets.remove(oldest);
        }
    }

    /// The secrets that this provider has handed over.
    pub(crate) fn webhook_secrets_of(&self, provider: &str) -> Vec<String> {
        let own = self.webhook_secrets.iter().filter(|(name, _)| name == provider);
        own.map(|(_, secret)| secret.clone()).collect()
    }
}

impl World {
    /// Nothing yet, at this time.
    pub(crate) fn at(now: Timestamp) -> Self {
        Self {
            now,
            made: Made::default(),
            states: HashMap::new(),
            codes: HashMap::new(),
            handed_out: HashMap::new(),
            cursors: Cursors::default(),
            buckets: Buckets::default(),
            plans: Vec::new(),
            is_asked: false,
            tenants: BTreeMap::new(),
        }
    }

    /// The tenant's rows.
    pub(crate) fn rows(&mut self, tenant: Uuid) -> &mut Rows {
        self.is_asked = true;
        self.tenants.entry(tenant).or_default()
    }

    /// The tenant's rows to list, and the cursors that the list gives.
    pub(crate) fn rows_and_cursors(&mut self, tenant: Uuid) -> (&Rows, &mut Cursors) {
        self.is_asked = true;
        (self.tenants.entry(tenant).or_default(), &mut self.cursors)
    }

    /// The id of a new row.
    pub(crate) fn next_id(&mut self) -> Uuid {
        self.made.id(self.now)
    }

    /// Whether a connection, deleted ones included, or a signal of some tenant has this id.
    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.tenants
            .values()
            .any(|rows| rows.signal(id).is_some() || rows.connections.iter().any(|stored| stored.connection.id == id))
    }

    /// The tenants that have connected an account that is called so, with their connections, in order.
    pub(crate) fn connected(&mut self, provider: &str, names: &[String]) -> Vec<(Uuid, Uuid)> {
        self.is_asked = true;
        let mut connected: Vec<_> = self
            .tenants
            .iter()
            .flat_map(|(tenant, rows)| rows.connections.iter().map(|stored| (*tenant, stored)))
            .filter(|(_, stored)| !stored.deleted && stored.is_called(provider, names))
            .map(|(tenant, stored)| (tenant, stored.connection.id))
            .collect();
        connected.sort_unstable();
        connected
    }

    /// A connection and its tenant.
    pub(crate) fn owner(&mut self, provider: &str, connection: Uuid) -> Option<(Uuid, &Connection)> {
        self.is_asked = true;
        self.tenants.iter().find_map(|(tenant, rows)| {
            let found = rows.connection(connection).filter(|found| found.provider == provider)?;
            Some((*tenant, found))
        })
    }
}
