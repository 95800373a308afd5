//! A tenant of the mock.

use std::{fmt, sync::Arc};

use connectors_client::{Connection, Signal, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    catalogue::{CATALOGUE, Provider, RecordedEvent},
    mock,
    seed::{NewConnection, NewSignal},
    settings::Settings,
    shared::Shared,
    state,
    suggest::hint,
};

/// A tenant: whose client, connections and signals it has is up to the test. Cheap to clone.
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// # #[tokio::main]
/// # async fn main() -> Result<(), connectors_client::Error> {
/// let mock = ConnectorsMock::start().await;
/// let acme = mock.tenant("acme");
/// let github = acme.has_connection("github");
/// let opened = acme.receives("github", "issue_created");
///
/// let signals = acme.client().signals().page().await?;
/// assert_eq!(signals.items, [opened]);
/// assert_eq!(signals.items[0].connection_id, Some(github.id));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tenant {
    shared: Arc<Shared>,
    name: String,
    id: Uuid,
}

impl Tenant {
    pub(crate) fn new(shared: Arc<Shared>, name: &str, id: Uuid) -> Self {
        Self { shared, name: name.to_owned(), id }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Its name and id, for people.
    pub(crate) fn told(&self) -> String {
        let Self { name, id, .. } = self;
        if *name == id.to_string() { name.clone() } else { format!("{name} ({id})") }
    }

    /// Its id, the `X-Tenant-Id` of its calls.
    pub fn id(&self) -> TenantId {
        TenantId::new(self.id).expect("a UUID of some version is not nil")
    }

    /// A client for this tenant, with the mock's operator token; one of its calls may take five minutes, as of
    /// [`ConnectorsMock::client`](crate::ConnectorsMock::client).
    pub fn client(&self) -> connectors_client::Tenant {
        mock::client(&self.shared).tenant(self.id())
    }

    /// The secret of its own webhook at a provider: GitHub and Jira sign deliveries to `/webhooks/{provider}/{tenant_id}` with it, and
    /// Zoho Cliq sends it along. For Zoho Mail, which makes its secret itself and hands it over in `X-Hook-Secret`, it is the
    /// `setup` in the URL of that delivery. Slack and Google have no such webhooks.
    ///
    /// # Panics
    /// If there is no such provider.
    #[track_caller]
    pub fn webhook_secret(&self, provider: &str) -> String {
        Settings::webhook_secret(&known_provider(provider).info.name, self.id)
    }

    /// From now on it has this connection: a provider's slug, a [`NewConnection`], or a connection's JSON.
    ///
    /// # Panics
    /// If the contract allows no such connection, its id is taken, or the tenant has connected that account already.
    #[track_caller]
    pub fn has_connection(&self, connection: impl Into<NewConnection>) -> Connection {
        let connection = connection.into();
        let mut world = self.shared.world();
        let (id, now) = (world.next_id(), world.now);
        // A panic in a closure would name this file in place of the caller's.
        let connection = match connection.build(id, now) {
            Ok(connection) => connection,
            Err(problem) => panic!("{problem}"),
        };
        assert!(connection.id == id || !world.has(connection.id), "there is a row {} already", connection.id);
        let (provider, account) = (&connection.provider, &connection.external_account.id);
        let known =
            world.rows(self.id).connection_to(provider, &[account.to_owned()]).is_some_and(|(_, deleted)| !deleted);
        assert!(!known, "{} has connected the account {account} of {provider} already", self.name);
        shown(&world.rows(self.id).connect(connection))
    }

    /// From now on it has this signal: a kind, a [`NewSignal`], or a signal's JSON. Returns it as lists show it, without its
    /// payload.
    ///
    /// # Panics
    /// If the contract allows no such signal, there is no such provider, only other providers tell of that kind, its id is taken,
    /// or the tenant never had its connection to that provider: a deleted one it may be of.
    #[track_caller]
    pub fn has_signal(&self, signal: impl Into<NewSignal>) -> Signal {
        let mut signal = signal.into();
        let mut world = self.shared.world();
        let (id, now) = (world.next_id(), world.now);
        let of = signal.of_connection();
        let of = world.rows(self.id).connections.iter().find(|stored| Some(stored.connection.id) == of);
        if let Some(of) = of {
            signal = signal.or_provider(&of.connection.provider);
        }
        let signal = match signal.build(id, now) {
            Ok(signal) => signal,
            Err(problem) => panic!("{problem}"),
        };
        assert!(signal.id == id || !world.has(signal.id), "there is a row {} already", signal.id);
        let rows = world.rows(self.id);
        if let Some(id) = signal.connection_id {
            let had = rows.connections.iter().map(|stored| &stored.connection);
            let had = had.filter(|connection| connection.provider == signal.provider_slug);
            let is_known = had.map(|connection| connection.id).any(|known| known == id);
            assert!(is_known, "{} never had a connection {id} to {}", self.name, signal.provider_slug);
        }
        let listed = signal.shown(false);
        rows.signals.push(signal);
        shown(&listed)
    }

    /// A recorded event of a provider, by its name (`issues.opened`) or by the kind of signal that it becomes, is delivered
    /// and stored. Returns the signal as lists show it, without its payload.
    ///
    /// It belongs to the connection that the tenant has with the event's account, if it has one. This plays what deliveries come
    /// to, and is none itself: told twice, it stores two signals. It has happened when the recorded event did, years ago for most;
    /// `received_at` is the mock's time. One of another time is [`has_signal`](Self::has_signal) with
    /// [`NewSignal::occurred_at`]. To test how deliveries are taken, post a [`delivery`](Self::delivery), or one that is signed
    /// with [`webhook_secret`](Self::webhook_secret) or [`app_webhook_secret`](crate::ConnectorsMock::app_webhook_secret).
    ///
    /// # Panics
    /// If the provider has no such event, or no signal is made of it.
    #[track_caller]
    pub fn receives(&self, provider: &str, event: &str) -> Signal {
        let (provider, found) = recorded_event(provider, event);
        let name = provider.info.name.as_str();
        let Some(draft) = found.signals.first() else { panic!("no signal is made of {name}'s `{event}`") };
        let payload = found.kept(provider).to_owned();
        let mut world = self.shared.world();
        let (id, now) = (world.next_id(), world.now);
        let rows = world.rows(self.id);
        let connection = rows.connection_to(name, &found.accounts.core);
        let connection = connection.filter(|(_, deleted)| !deleted).map(|(id, _)| id);
        let signal = state::Signal::of(draft, id, name, connection, now, payload);
        let listed = signal.shown(false);
        rows.signals.push(signal);
        shown(&listed)
    }
}

/// The provider, and its event with that name or of that kind.
#[track_caller]
pub(crate) fn recorded_event(provider: &str, event: &str) -> (&'static Provider, &'static RecordedEvent) {
    let provider = known_provider(provider);
    let Some(found) = provider.event(event) else {
        let kinds = provider.events.iter().flat_map(|event| event.signals.iter().map(|signal| signal.kind.as_str()));
        let known = provider.events.iter().map(|event| event.name.as_str()).chain(kinds);
        panic!("no event `{event}` of {} was recorded{}", provider.info.name, hint(event, known));
    };
    (provider, found)
}

#[track_caller]
pub(crate) fn known_provider(name: &str) -> &'static Provider {
    let Some(provider) = CATALOGUE.provider(name) else {
        panic!("there is no provider `{name}`{}", hint(name, CATALOGUE.names()));
    };
    provider
}

/// A row as the client shows it.
fn shown<T: DeserializeOwned>(row: &impl Serialize) -> T {
    let text = serde_json::to_string(row).expect("a row is JSON");
    serde_json::from_str(&text).expect("the client takes what the contract allows")
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tenant({} {})", self.name, self.id)
    }
}
