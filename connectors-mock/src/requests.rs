//! The requests that came in.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use connectors_client::TenantId;
use serde_json::Value;
use url::form_urlencoded;
use wiremock::{
    Match, Request,
    http::{HeaderMap, Method},
};

use crate::{
    Operation,
    contract::{CONTRACT, Route, TENANT_IN_PATH},
    gate::{Order, PATH, PLACE},
    http::path_of,
    shared::Shared,
    timestamp::Timestamp,
    violation::Violation,
};

/// A request that came in, with what the mock made of it.
#[derive(Clone)]
pub struct RecordedRequest {
    operation: Option<Operation>,
    tenant: Option<TenantId>,
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
    status: Option<u16>,
    /// When it came, and until when the caller was then told to wait.
    at: Timestamp,
    wait_until: Option<Timestamp>,
    /// Where it stands in the order of requests and answers, if it came through the gate.
    place: Option<usize>,
}

impl RecordedRequest {
    fn new(request: &Request, at: Timestamp) -> Self {
        let path = path_of(request);
        let (operation, in_path) = match CONTRACT.route(&request.method, path) {
            Route::Operation(rules, path) => (Some(rules.operation), path),
            Route::OtherMethods(..) | Route::Unknown => (None, Vec::new()),
        };
        let in_path = in_path.into_iter().find(|(name, _)| *name == TENANT_IN_PATH).map(|(_, tenant)| tenant);
        let mut headers = request.headers.clone();
        headers.remove(PATH);
        let place = headers.remove(PLACE).and_then(|place| place.to_str().ok()?.parse().ok());
        let in_header = request.headers.get("x-tenant-id").and_then(|tenant| tenant.to_str().ok());
        Self {
            operation,
            tenant: in_path.as_deref().or(in_header).and_then(|tenant| tenant.parse().ok()),
            method: request.method.clone(),
            path: path.to_owned(),
            query: request.url.query().unwrap_or_default().to_owned(),
            headers,
            body: request.body.clone(),
            status: None,
            at,
            wait_until: None,
            place,
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
        self.method.as_str()
    }

    /// The path, as it came.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The first query parameter with this name.
    pub fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The first header with this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body's JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The status that the mock answered with, also where a [`Fault`](crate::Fault) has lost that answer on its way; `None` if a
    /// mock of the test's own answered, or nobody yet.
    pub fn status(&self) -> Option<u16> {
        self.status
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

    /// Whether this request came although its caller had been told to wait with `earlier`: with all calls of that operation, if
    /// there were too many; else with that very request.
    pub(crate) fn hastens(&self, earlier: &Self, order: &Order) -> bool {
        let is_waited_with = if earlier.status == Some(429) {
            (self.operation, self.tenant()) == (earlier.operation, earlier.tenant())
        } else {
            let what = |request: &Self| (request.method.clone(), request.path.clone(), request.query.clone());
            what(self) == what(earlier) && self.tenant() == earlier.tenant()
        };
        // What was sent before the answer was there is no haste.
        let knew = self.place.zip(earlier.place).is_none_or(|(place, earlier)| order.knew(place, earlier));
        is_waited_with && self.operation.is_some() && knew && earlier.wait_until.is_some_and(|until| self.at < until)
    }
}

/// Shows neither credentials nor body.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(status) = self.status {
            write!(f, " → {status}")?;
        }
        Ok(())
    }
}

/// Sees every request before any mock answers it, and never matches.
pub(crate) struct Recorder(pub(crate) Arc<Shared>);

impl Match for Recorder {
    fn matches(&self, request: &Request) -> bool {
        let now = self.0.world().now;
        self.0.requests().push(RecordedRequest::new(request, now));
        false
    }
}

/// wiremock lets go of it when it is reset.
impl Drop for Recorder {
    fn drop(&mut self) {
        self.0.is_recording.store(false, Ordering::Relaxed);
        if !self.0.is_closing.load(Ordering::Relaxed) {
            self.0.violations().push(Violation {
                operation: None,
                request: "wiremock().reset()".into(),
                expected: "mocks of the test's own to be removed one by one: `Mock::mount_as_scoped`".into(),
                came: "a reset of the server, after which no request is recorded any more".into(),
            });
        }
    }
}
