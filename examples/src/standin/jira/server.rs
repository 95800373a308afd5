//! What the endpoints share, and the routes that lead to them.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    routing::{get, post, put},
};
use url::Url;

use super::{
    authorize,
    failure::{Endpoint, Failure},
    search,
    store::Store,
    token, user, webhooks,
};
use crate::standin::failures::{Failures, locked};

#[derive(Debug)]
pub(super) struct Server {
    client_id: String,
    client_secret: String,
    redirect_urls: Vec<Url>,
    store: Mutex<Store>,
    failures: Mutex<Failures<Endpoint, Failure>>,
    calls: Mutex<Vec<Endpoint>>,
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
        let webhook = "/ex/jira/{cloud_id}/rest/api/3/webhook";
        Router::new()
            .route("/authorize", get(authorize::ask).post(authorize::decide))
            .route("/oauth/token", post(token::exchange))
            .route("/oauth/token/accessible-resources", get(user::accessible_resources))
            .route("/me", get(user::me))
            .route(webhook, get(webhooks::list).post(webhooks::register).delete(webhooks::delete))
            .route(&format!("{webhook}/refresh"), put(webhooks::refresh))
            .route("/ex/jira/{cloud_id}/rest/api/3/search/jql", get(search::search))
            .with_state(server.clone())
    }

    pub(super) fn is_client(&self, id: Option<&str>) -> bool {
        id == Some(&self.client_id)
    }

    pub(super) fn is_secret(&self, secret: Option<&str>) -> bool {
        secret == Some(&self.client_secret)
    }

    pub(super) fn secret(&self) -> &str {
        &self.client_secret
    }

    /// Where users are sent: the callback URL asked for, if it is one that is configured.
    pub(super) fn redirect_url(&self, asked: Option<&str>) -> Option<Url> {
        let asked = asked?;
        self.redirect_urls.iter().find(|configured| configured.as_str() == asked).cloned()
    }

    /// Notes a call, and says how it is to fail.
    pub(super) fn called(&self, endpoint: Endpoint) -> Option<Failure> {
        self.calls().push(endpoint);
        self.failures().next(endpoint)
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    pub(super) fn failures(&self) -> MutexGuard<'_, Failures<Endpoint, Failure>> {
        locked(&self.failures)
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<Endpoint>> {
        locked(&self.calls)
    }
}
