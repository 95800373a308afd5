//! The requests that came in.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use connectors_client::TenantId;
use serde_json::Value;
use url::form_urlencoded;

use crate::{
    Operation,
    contract::{CONTRACT, Route, TENANT_IN_PATH},
    gate::Order,
    http::Request,
    shared::Shared,
    timestamp::Timestamp,
};

/// A request that came in, with what the mock made of it.
#[derive(Clone)]
pub struct RecordedRequest {
    request: Arc<Request>,
    operation: Option<Operation>,
    tenant: Option<TenantId>,
    status: Option<u16>,
    /// When it came, and until when the caller was then told to wait.
    at: Timestamp,
    wait_until: Option<Timestamp>,
}

impl RecordedRequest {
    fn new(request: &Arc<Request>, at: Timestamp) -> Self {
        let (operation, in_path) = match CONTRACT.route(&request.method, &request.path) {
            Route::Operation(rules, path) => (Some(rules.operation), path),
            Route::OtherMethods(..) | Route::Unknown => (None, Vec::new()),
        };
        let in_path = in_path.into_iter().find(|(name, _)| *name == TENANT_IN_PATH).map(|(_, tenant)| tenant);
        let in_header = request.headers.get("x-tenant-id").and_then(|tenant| tenant.to_str().ok());
        Self {
            operation,
            tenant: in_path.as_deref().or(in_header).and_then(|tenant| tenant.parse().ok()),
            request: Arc::clone(request),
            status: None,
            at,
            wait_until: None,
        }
    }

    /// The operation that it meets, if any.
    pub fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// The tenant that it names, in `X-Tenant-Id` or in the path of the tenant's own webhook.
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.request.method.as_str()
    }

    /// The path, as it came.
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// The first query parameter with this name.
    pub fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.request.query().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The first header with this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name)?.to_str().ok()
    }

    /// The body, as far as the service would read it: nothing where no operation asks for one, or where it announces that it is
    /// too long. Once [`wiremock`](crate::ConnectorsMock::wiremock) was called it is all that came.
    pub fn body(&self) -> &[u8] {
        &self.request.body.bytes
    }

    /// The body's JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.request.body.bytes).ok()
    }

    /// The status that the mock answered with, also where a [`Fault`](crate::Fault) has lost that answer on its way, or
    /// [`slow`](crate::On::slow) holds it up; `None` if a mock of the test's own answered, or nobody yet.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// When it came, by the mock's clock.
    pub fn came_at(&self) -> DateTime<Utc> {
        self.at.into()
    }

    pub(crate) fn answered(&mut self, status: u16, retry_after: Option<&str>) {
        self.status = Some(status);
        let seconds = retry_after.and_then(|text| text.parse().ok());
        self.wait_until = seconds.map(|seconds| self.at.after(Duration::from_secs(seconds)));
    }

    /// Its caller need not wait any more.
    pub(crate) fn forget_wait(&mut self) {
        self.wait_until = None;
    }

    /// When and until when, if this request came although its caller had been told to wait with `earlier`: with all calls of that
    /// operation, if there were too many; else with that very request.
    pub(crate) fn hastens(&self, earlier: &Self, order: &Order) -> Option<(Timestamp, Timestamp)> {
        let is_waited_with = if earlier.status == Some(429) {
            (self.operation, self.tenant()) == (earlier.operation, earlier.tenant())
        } else {
            let (one, other) = (&self.request, &earlier.request);
            (&one.method, &one.path, one.query(), &one.body.bytes)
                == (&other.method, &other.path, other.query(), &other.body.bytes)
                && self.tenant() == earlier.tenant()
        };
        // What was sent before the answer was there is no haste.
        let knew = order.knew(self.request.place, earlier.request.place);
        let is_told = is_waited_with && self.operation.is_some() && knew;
        earlier.wait_until.filter(|until| is_told && self.at < *until).map(|until| (self.at, until))
    }
}

/// Shows neither credentials nor body.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.request.method, self.request.path)?;
        if let Some(tenant) = self.tenant {
            write!(f, " of the tenant {tenant}")?;
        }
        if let Some(status) = self.status {
            write!(f, " → {status}")?;
        }
        Ok(())
    }
}

impl Shared {
    /// Records a request, which has no answer yet. Returns its index in the record.
    pub(crate) fn record(&self, request: &Arc<Request>) -> usize {
        let now = self.world().now;
        let mut requests = self.requests();
        requests.push(RecordedRequest::new(request, now));
        requests.len() - 1
    }
}
