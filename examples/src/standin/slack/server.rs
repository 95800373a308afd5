//! What the endpoints share, and the routes that lead to them.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    routing::{get, post},
};
use url::Url;

use super::{
    authorize,
    failure::{Failure, Method},
    store::Store,
    web_api,
};
use crate::standin::failures::{Failures, locked};

#[derive(Debug)]
pub(super) struct Server {
    client_id: String,
    client_secret: String,
    redirect_urls: Vec<Url>,
    store: Mutex<Store>,
    failures: Mutex<Failures<Method, Failure>>,
    calls: Mutex<Vec<Method>>,
}

impl Server {
    pub(super) fn new(client_id: &str, client_secret: &str, redirect_urls: Vec<Url>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_urls,
            store: Mutex::default(),
            failures: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    pub(super) fn router(server: &Arc<Self>) -> Router {
        Router::new()
            .route("/oauth/v2/authorize", get(authorize::ask).post(authorize::decide))
            .route("/api/oauth.v2.access", post(web_api::access))
            .route("/api/auth.test", post(web_api::test))
            .route("/api/auth.revoke", post(web_api::revoke))
            .with_state(server.clone())
    }

    pub(super) fn is_client(&self, id: Option<&str>) -> bool {
        id == Some(&self.client_id)
    }

    pub(super) fn is_secret(&self, secret: Option<&str>) -> bool {
        secret == Some(&self.client_secret)
    }

    /// Where users are sent: the redirect URL asked for, if it lies in one that is configured, else the first of those.
    ///
    /// <https://docs.slack.dev/authentication/installing-with-oauth#redirect_urls>
    pub(super) fn redirect_url(&self, asked: Option<&str>) -> Option<Url> {
        let Some(asked) = asked else { return self.redirect_urls.first().cloned() };
        let asked = Url::parse(asked).ok()?;
        let lies_in = |configured: &Url| {
            let rest = asked.path().strip_prefix(configured.path().trim_end_matches('/'));
            configured.origin() == asked.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.redirect_urls.iter().any(lies_in).then_some(asked)
    }

    /// Notes a call, and says how it is to fail.
    pub(super) fn called(&self, method: Method) -> Option<Failure> {
        self.calls().push(method);
        self.failures().next(method)
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    pub(super) fn failures(&self) -> MutexGuard<'_, Failures<Method, Failure>> {
        locked(&self.failures)
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<Method>> {
        locked(&self.calls)
    }
}
