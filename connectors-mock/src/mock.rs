//! The mock.

use std::{
    fmt,
    net::TcpListener,
    panic::Location,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use connectors_client::{Connectors, ConnectorsBuilder, Credentials, OperatorToken, TenantId};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wiremock::MockServer;

use crate::{
    Clock, ConnectorsMockBuilder, RecordedRequest, Tenant, User, Violation,
    clock::ClientClock,
    gate::{Gate, Mounted},
    settings::Settings,
    shared::Shared,
    state::World,
    tenant::known_provider,
    timestamp::Timestamp,
    violation,
};

/// When the clock of every mock begins.
const BEGINNING: &str = "2026-01-02T03:04:05Z";

/// The service, for tests; see the [crate](crate).
///
/// When it is dropped, it panics if the test has met a [`Violation`], or if a mock on [`wiremock`](Self::wiremock) has an
/// expectation that is not met; if the test is panicking already, it prints that. Where a task has it that may outlive the test's
/// body, nobody sees that panic: call [`verify`](Self::verify) at the end.
pub struct ConnectorsMock {
    shared: Arc<Shared>,
    mounted: Arc<Mounted>,
    gate: Option<Gate>,
}

impl ConnectorsMock {
    /// Starts a mock on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be bound.
    #[track_caller]
    pub fn start() -> impl Future<Output = Self> {
        Self::builder().start()
    }

    /// A mock that is set up otherwise.
    #[track_caller]
    pub fn builder() -> ConnectorsMockBuilder {
        ConnectorsMockBuilder::new(Location::caller())
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of 127.0.0.1");
        let origin = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let now = Timestamp::parse(BEGINNING).expect("a timestamp");
        let (shared, mounted) = (Arc::new(Shared::new(settings, origin, World::at(now))), Arc::<Mounted>::default());
        let gate = Gate::open(listener, Arc::clone(&mounted), Arc::clone(&shared));
        Self { shared, mounted, gate: Some(gate.expect("a socket that does not block")) }
    }

    /// Where it listens, such as `http://127.0.0.1:41234`.
    pub fn url(&self) -> &str {
        &self.shared.origin
    }

    /// The operator token that handed-out clients show.
    pub fn operator_token(&self) -> &str {
        self.shared.settings.operator_tokens.first().map_or("", String::as_str)
    }

    /// A client that shows the operator token and runs on the mock's clock.
    ///
    /// One of its calls may take five minutes of that clock, where the client's own default is 30 seconds: it waits for a
    /// `Retry-After` that a client with the default would hand back as an error. To test with Core's settings, use
    /// [`client_builder`](Self::client_builder).
    ///
    /// It is one client for all handles and tenants, with the budget of repetitions of [`connectors_client::Retry`], which ten
    /// failures use up. [`restore`](Self::restore) gives it back to the clients that are handed out then.
    pub fn client(&self) -> Connectors {
        client(&self.shared)
    }

    /// A client that is set up otherwise: the builder knows the mock's URL, operator token and clock.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use connectors_mock::{ConnectorsMock, Fault, Operation};
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), connectors_client::Error> {
    /// use connectors_client::Retry;
    ///
    /// let mock = ConnectorsMock::start().await;
    /// let retry = Retry::default().attempts(2);
    /// let connectors = mock.client_builder().attempt_timeout(Duration::from_secs(20)).retry(retry).build()?;
    ///
    /// mock.on(Operation::ListProviders).fail_next(1, Fault::hang());
    /// let before = mock.clock().now();
    /// connectors.providers().await?;
    /// assert!(mock.clock().now() - before >= chrono::TimeDelta::seconds(20));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client_builder(&self) -> ConnectorsBuilder<Credentials> {
        client_builder(&self.shared)
    }

    /// The tenant with this name. The same name is the same id in every test.
    pub fn tenant(&self, name: &str) -> Tenant {
        Tenant::new(Arc::clone(&self.shared), name, tenant_id(name))
    }

    /// The tenant with this id, for a test that has ids of its own.
    pub fn tenant_with_id(&self, id: TenantId) -> Tenant {
        Tenant::new(Arc::clone(&self.shared), &id.to_string(), id.into())
    }

    /// The user at the browser.
    pub fn user(&self) -> User<'_> {
        User::new(&self.shared)
    }

    /// The clock, also for code on other threads.
    pub fn clock(&self) -> Clock {
        Clock::new(&self.shared)
    }

    /// The secret with which a provider signs what it delivers to `/webhooks/{provider}`.
    ///
    /// # Panics
    /// If there is no such provider.
    #[track_caller]
    pub fn app_webhook_secret(&self, provider: &str) -> String {
        Settings::app_webhook_secret(&known_provider(provider).info.name)
    }

    /// The requests that came in so far, oldest first, those that the test's own mocks answered included.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.requests().clone()
    }

    /// The `wiremock` server for mocks of the test's own, which is started when it is first asked for. Each request to the mock's
    /// [`url`](Self::url) is then shown to it first, and what it answers is the answer; where no mock of its matches, the service answers.
    ///
    /// From then on a body is read to its end before anything is answered, also where the service would not read it. A request whose
    /// body breaks off is shown to none of these mocks.
    ///
    /// Only a blank 404, without body and headers, of a mock whose priority number is above the usual 5 is no answer: it can't
    /// be told from `wiremock`'s own word that no mock matches. Give it a header or a body, and it wins as others do.
    ///
    /// `mount_as_scoped` removes a mock again, and `reset` all of them. Leave the priority of a scoped mock alone, and that of mocks
    /// beside it: `wiremock` finds it again by its place in a list that is sorted by priority, and removes another one in its
    /// place if that is not the usual one.
    ///
    /// At the server's own `uri()` there are these mocks alone, and its `received_requests()` are those since it was first asked for;
    /// [`requests`](Self::requests) has all that came to the mock. Give a mock that expects something a name, with `Mock::named`: the
    /// number by which `wiremock` would tell it counts one of the gate's for each request, too. Each of those stays until the
    /// next `reset`, so that a request after a thousand others takes a little longer.
    ///
    /// ```
    /// # use connectors_mock::ConnectorsMock;
    /// use connectors_mock::wiremock::{Mock, ResponseTemplate, matchers::path};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), connectors_client::Error> {
    /// let mock = ConnectorsMock::start().await;
    /// let teapot = Mock::given(path("/providers")).respond_with(ResponseTemplate::new(418));
    /// let scope = teapot.mount_as_scoped(mock.wiremock()).await;
    /// assert!(mock.client().providers().await.is_err());
    ///
    /// drop(scope);
    /// mock.client().providers().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wiremock(&self) -> &MockServer {
        self.mounted.server()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// All that the mock knows now: rows, authorizations, clock, plans. The requests that came in are not part of it,
    /// and a cursor that is handed out later is none after the [`restore`](Self::restore).
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(Box::new(self.shared.world().clone()))
    }

    /// Goes back to a snapshot. Who was told to wait need not wait any more, and clients that are handed out from now on have a
    /// whole budget of repetitions.
    ///
    /// ```
    /// # use connectors_mock::ConnectorsMock;
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), connectors_client::Error> {
    /// let mock = ConnectorsMock::start().await;
    /// let acme = mock.tenant("acme");
    /// let before = mock.snapshot();
    /// acme.receives("github", "issue_created");
    /// mock.restore(&before);
    /// assert!(acme.client().signals().page().await?.items.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&self, snapshot: &Snapshot) {
        *self.shared.world() = (*snapshot.0).clone();
        self.shared.requests().iter_mut().for_each(RecordedRequest::forget_wait);
        if self.shared.has_waited.swap(false, Ordering::Relaxed) {
            *self.shared.client() = None;
        }
    }

    /// The violations since the last [`verify`](Self::verify), which forgets those that it has told.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations().clone()
    }

    /// Fails if there was a violation since the last time. The expectations of mocks on [`wiremock`](Self::wiremock) are checked
    /// when the mock is dropped.
    ///
    /// # Panics
    /// Naming each violation, and where the mock was started.
    #[track_caller]
    pub fn verify(&self) {
        let violations = std::mem::take(&mut *self.shared.violations());
        if let Some(report) = violation::report(&violations, None, self.shared.settings.location) {
            panic!("{report}");
        }
    }
}

/// A UUIDv8 of the name's SHA-256 (RFC 9562, appendix B.2): a v5 would take one more crate.
fn tenant_id(name: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(format!("connectors-mock tenant {name}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// How long a call of the handed-out client may take by the mock's clock.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The client of a mock, made once: its budget of repetitions is one.
pub(crate) fn client(shared: &Arc<Shared>) -> Connectors {
    // Waiting costs nothing on the mock's clock, so a call may wait longer than it would by the client's own default.
    let new = || client_builder(shared).timeout(PATIENCE).build().expect("the mock's URL and token make a client");
    shared.client().get_or_insert_with(new).clone()
}

fn client_builder(shared: &Arc<Shared>) -> ConnectorsBuilder<Credentials> {
    let token = shared.settings.operator_tokens.first().map_or("", String::as_str);
    let builder = Connectors::builder(&shared.origin).operator_token(OperatorToken::new(token));
    builder.clock(ClientClock::new(shared))
}

/// What a mock knew at some time; see [`ConnectorsMock::snapshot`].
#[derive(Debug, Clone)]
pub struct Snapshot(Box<World>);

impl fmt::Debug for ConnectorsMock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorsMock").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Drop for ConnectorsMock {
    fn drop(&mut self) {
        self.gate = None;
        // wiremock blocks on a lock of tokio's when it is dropped, which never ends in a task that has spent its budget;
        // a thread of its own has none to spend.
        let mounted = std::mem::take(&mut self.mounted);
        let unmet = mounted.is_used().then(|| thread::spawn(move || drop(mounted)).join().err()).flatten();
        let unmet = unmet.map(|panic| violation::text_of(&*panic).to_owned());
        let violations = std::mem::take(&mut *self.shared.violations());
        let report = violation::report(&violations, unmet.as_deref(), self.shared.settings.location);
        match report {
            None => {}
            // The test's own panic stands, but the violation is likely to be its cause.
            Some(report) if thread::panicking() => eprintln!("{report}"),
            Some(report) => panic!("{report}"),
        }
    }
}
