//! What goes wrong on purpose.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    ConnectorsMock, Operation, Tenant,
    contract::CONTRACT,
    gate::Loss,
    http::Problem,
    plan::{Plan, PlannedTenant, What, checked_reply},
    shared::Shared,
    tenant::known_provider,
};

/// What goes wrong with a request: an answer of the contract's in place of what it asks for, or an answer that is lost on the
/// wire, which happens after what was asked for has happened.
///
/// ```
/// # use std::time::Duration;
/// # use connectors_mock::{ConnectorsMock, Fault, Operation};
/// # #[tokio::main]
/// # async fn main() {
/// let mock = ConnectorsMock::start().await;
/// let acme = mock.tenant("acme");
/// mock.on(Operation::ListSignals).tenant(&acme).fail_next(2, Fault::rate_limited(Duration::from_secs(30)));
///
/// // The client waits as it is told, by the mock's clock.
/// acme.client().signals().page().await.unwrap();
/// assert_eq!(mock.requests().len(), 3);
/// mock.assert_backoff_honoured();
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Fault(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Problem(Problem),
    /// The database is out of reach; after how many seconds to try again.
    Unavailable(u64),
    Loss(Loss),
}

impl Fault {
    /// 429 `RATE_LIMITED`, to be tried again after that time: `Retry-After` has it in whole seconds, rounded up, 1 at least.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::problem(Problem::new("RATE_LIMITED").retry_after(seconds(retry_after)))
    }

    /// 503 `SERVICE_UNAVAILABLE`: the database is out of reach. `Retry-After` is rounded as that of
    /// [`rate_limited`](Self::rate_limited).
    pub fn unavailable(retry_after: Duration) -> Self {
        Self(Kind::Unavailable(seconds(retry_after)))
    }

    /// 500 `INTERNAL_ERROR`.
    pub fn internal_error() -> Self {
        Self::problem(
            Problem::new("INTERNAL_ERROR").message("The service failed; its log has the cause under `trace_id`"),
        )
    }

    /// 502 `PROVIDER_ERROR`: the provider answered with this status.
    ///
    /// # Panics
    /// If there is no such provider, or no such status.
    #[track_caller]
    pub fn provider_error(provider: &str, status: u16) -> Self {
        assert_status(status);
        let provider = known_provider(provider).info.name.as_str();
        Self::problem(Problem::new("PROVIDER_ERROR").detail("provider", provider).detail("provider_status", status))
    }

    /// 504 `PROVIDER_TIMEOUT`.
    ///
    /// # Panics
    /// If there is no such provider.
    #[track_caller]
    pub fn provider_timeout(provider: &str) -> Self {
        let provider = known_provider(provider).info.name.as_str();
        Self::problem(Problem::new("PROVIDER_TIMEOUT").detail("provider", provider))
    }

    /// 409 `OAUTH_IN_PROGRESS`: another request is completing the same state. The next callback that would complete its
    /// authorization meets it, whichever authorization that is.
    pub fn oauth_in_progress() -> Self {
        Self::problem(Problem::new("OAUTH_IN_PROGRESS").retry_after(1))
    }

    /// The connection is reset in place of an answer.
    pub fn connection_reset() -> Self {
        Self(Kind::Loss(Loss::Reset))
    }

    /// The connection is closed, and no answer came.
    pub fn empty_answer() -> Self {
        Self(Kind::Loss(Loss::Empty))
    }

    /// The connection is closed after half of the answer's body; of an answer without one, after half of its head.
    pub fn truncated_body() -> Self {
        Self(Kind::Loss(Loss::Truncated))
    }

    /// The connection is reset after half of the answer's body; of an answer without one, after half of its head.
    pub fn reset_in_body() -> Self {
        Self(Kind::Loss(Loss::ResetInBody))
    }

    /// Nothing comes, for as long as the caller waits: a client on the mock's clock no longer than a test takes, as its time-out
    /// passes by itself once nothing else is under way.
    pub fn hang() -> Self {
        Self(Kind::Loss(Loss::Hang))
    }

    fn problem(problem: Problem) -> Self {
        Self(Kind::Problem(problem))
    }
}

/// What an operation says of a database that is out of reach: the one that checks it names the check.
fn unavailable(operation: Operation) -> Problem {
    let problem = Problem::new("SERVICE_UNAVAILABLE");
    match operation {
        Operation::GetReadiness => problem.detail("checks", json!({"database": "out of reach"})),
        _ => problem.message("The database is out of reach"),
    }
}

#[track_caller]
fn assert_status(status: u16) {
    assert!((200..=599).contains(&status), "no answer has the status {status}");
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).max(1)
}

/// What is to happen on requests to an operation. Made by [`ConnectorsMock::on`].
///
/// A plan applies to requests that the service would let in: one without a token is refused as ever. A failure of the service
/// waits for a request that makes it ask its database (where an operation never does, for any), and one of a provider for a
/// code that this provider is asked about. Plans of one operation are used up in the order in which they were made, those of
/// providers last; [`ConnectorsMock::assert_faults_met`] tells whether they were.
#[derive(Debug)]
#[must_use = "nothing happens until it is said what shall"]
pub struct On<'a> {
    shared: &'a Shared,
    operation: Operation,
    tenant: Option<PlannedTenant>,
}

impl ConnectorsMock {
    /// Plans what happens on the next requests to an operation; see [`Fault`].
    pub fn on(&self, operation: Operation) -> On<'_> {
        On { shared: self.shared(), operation, tenant: None }
    }
}

impl On<'_> {
    /// Only on requests for this tenant. What a provider delivers at the app's URL is for none until it is read.
    ///
    /// # Panics
    /// If requests to the operation name no tenant.
    #[track_caller]
    pub fn tenant(mut self, tenant: &Tenant) -> Self {
        assert!(CONTRACT.rules(self.operation).names_a_tenant(), "{} is for no tenant", self.operation);
        self.tenant = Some(PlannedTenant { id: *tenant.id().as_uuid(), told: tenant.told() });
        self
    }

    /// The next `requests` fail.
    ///
    /// # Panics
    /// If the contract does not let the operation fail in this way.
    #[track_caller]
    pub fn fail_next(self, requests: usize, fault: Fault) {
        self.plan_fault(Some(requests), fault);
    }

    /// All requests fail from now on, until the operation [recovers](Self::recover).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use connectors_mock::{ConnectorsMock, Fault, Operation};
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mock = ConnectorsMock::start().await;
    /// mock.on(Operation::ListProviders).fail(Fault::unavailable(Duration::from_secs(60)));
    /// mock.client().providers().await.unwrap_err();
    ///
    /// mock.on(Operation::ListProviders).recover();
    /// mock.client().providers().await.unwrap();
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`fail_next`](Self::fail_next).
    #[track_caller]
    pub fn fail(self, fault: Fault) {
        self.plan_fault(None, fault);
    }

    /// What is still planned for the operation is dropped, delays included; with [`tenant`](Self::tenant), what is planned for that
    /// tenant alone.
    pub fn recover(self) {
        let id = |tenant: &Option<PlannedTenant>| tenant.as_ref().map(|tenant| tenant.id);
        let tenant = id(&self.tenant);
        let is_meant =
            |plan: &mut Plan| plan.operation == self.operation && (tenant.is_none() || id(&plan.tenant) == tenant);
        self.shared.world().plans.extract_if(.., is_meant).for_each(drop);
    }

    #[track_caller]
    fn plan_fault(self, requests: Option<usize>, fault: Fault) {
        let problem = match fault.0 {
            Kind::Problem(problem) => problem,
            Kind::Unavailable(seconds) => unavailable(self.operation).retry_after(seconds),
            Kind::Loss(loss) => return self.plan(requests, What::Lose(loss)),
        };
        let code = problem.code();
        let declared = CONTRACT.rules(self.operation).declares(code);
        assert!(declared, "the contract does not let {} answer with {code}", self.operation);
        self.plan(requests, What::Problem(problem));
    }

    /// Every request that the service would let in waits that long before it is answered, by the machine's clock, until the
    /// operation [recovers](Self::recover). Said twice, the delays add up. A client's time-out, be it on the mock's clock, then takes
    /// its time, too; for one that takes none, let the request [hang](Fault::hang).
    pub fn slow(self, delay: Duration) {
        self.plan(None, What::Slow(delay));
    }

    /// The next request is answered with this, in place of what the mock would say. A problem gets the request's id as its
    /// `trace_id`, and its `retry_after` stands in `Retry-After` too. `Value::Null` is an answer without a body, as a 204 has.
    ///
    /// ```
    /// # use connectors_mock::{ConnectorsMock, Operation};
    /// # #[tokio::main]
    /// # async fn main() {
    /// # let mock = ConnectorsMock::start().await;
    /// mock.on(Operation::ListSignals).reply(
    ///     429,
    ///     serde_json::json!({
    ///         "type": "/docs/errors#RATE_LIMITED",
    ///         "title": "Too many requests",
    ///         "status": 429,
    ///         "code": "RATE_LIMITED",
    ///         "message": "Come back at noon",
    ///         "retry_after": 3600,
    ///     }),
    /// );
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the contract does not allow that answer, a code of another status or operation included.
    #[track_caller]
    pub fn reply(self, status: u16, body: Value) {
        let rules = CONTRACT.rules(self.operation);
        let judged = CONTRACT.judge(Some(rules), &checked_reply(rules, status, &body, "checked"));
        assert!(judged.is_ok(), "the contract does not let {} answer that: {}", self.operation, judged.unwrap_err());
        self.plan(Some(1), What::Reply { status, body, checked: true });
    }

    /// The next request is answered with something that the service would never say. For code that must survive even that.
    /// `Value::Null` is an answer without a body.
    ///
    /// # Panics
    /// If that is no status with which a request is done: less than 200, or more than 599.
    #[track_caller]
    pub fn reply_unchecked(self, status: u16, body: Value) {
        assert_status(status);
        self.plan(Some(1), What::Reply { status, body, checked: false });
    }

    fn plan(self, left: Option<usize>, what: What) {
        let plan = Plan { operation: self.operation, tenant: self.tenant, left, what };
        self.shared.world().plans.push(plan);
    }
}
