//! The calls that came in.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};

use super::server::Server;

/// A call to the stand-in. It holds no query, header or body, and so no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The request's method.
    pub method: Method,
    /// The request's path.
    pub path: String,
    /// When it came in, by the stand-in's clock.
    pub at: SystemTime,
    /// What it was answered with; `None` while it waits, and for good when the caller gave up.
    pub status: Option<StatusCode>,
}

impl Call {
    /// Whether the call was this one.
    ///
    /// ```no_run
    /// # use connectors_examples::standin::GitHubStandIn;
    /// # fn exchanges(github: &GitHubStandIn) -> usize {
    /// github.calls().iter().filter(|call| call.is("POST", "/login/oauth/access_token")).count()
    /// # }
    /// ```
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

/// Notes a call when it comes in, and its status once it is answered.
pub(super) async fn record(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let call = Call {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        at: server.store().now(),
        status: None,
    };
    let index = {
        let mut calls = server.calls();
        calls.push(call);
        calls.len() - 1
    };
    let response = next.run(request).await;
    server.calls()[index].status = Some(response.status());
    response
}
