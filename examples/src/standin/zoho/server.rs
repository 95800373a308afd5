//! What the endpoints share, and the routes that lead to them.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    routing::{get, post},
};
use url::Url;

use super::{
    accounts, authorize,
    failure::{Endpoint, Failure},
    mail,
    store::Store,
};
use crate::standin::failures::{Failures, locked};

#[derive(Debug)]
pub(super) struct Server {
    pub(super) base_url: Url,
    client_id: String,
    client_secret: String,
    redirect_urls: Vec<String>,
    store: Mutex<Store>,
    failures: Mutex<Failures<Endpoint, Failure>>,
    calls: Mutex<Vec<(String, Endpoint)>>,
}

impl Server {
    pub(super) fn new(base_url: Url, client_id: &str, client_secret: &str, redirect_urls: Vec<String>) -> Self {
        Self {
            base_url,
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
            .route("/{host}/oauth/v2/auth", get(authorize::ask).post(authorize::decide))
            .route("/{host}/oauth/v2/token", post(accounts::token))
            .route("/{host}/oauth/v2/token/revoke", post(accounts::revoke))
            .route("/{host}/oauth/user/info", get(accounts::user_info))
            .route("/{host}/api/accounts", get(mail::accounts))
            .route("/{host}/api/accounts/{account}/folders", get(mail::folders))
            .route("/{host}/api/accounts/{account}/messages/view", get(mail::messages))
            .with_state(server.clone())
    }

    pub(super) fn is_client(&self, id: Option<&str>) -> bool {
        id == Some(&self.client_id)
    }

    pub(super) fn is_secret(&self, secret: Option<&str>) -> bool {
        secret == Some(&self.client_secret)
    }

    /// "The redirect URI must be the same as the one registered".
    pub(super) fn redirect_url(&self, asked: Option<&str>) -> Option<Url> {
        let known = self.redirect_urls.iter().find(|known| asked == Some(known))?;
        Url::parse(known).ok()
    }

    /// Notes a call, and says how it is to fail.
    pub(super) fn called(&self, host: &str, endpoint: Endpoint) -> Option<Failure> {
        self.calls().push((host.to_owned(), endpoint));
        self.failures().next(endpoint)
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    pub(super) fn failures(&self) -> MutexGuard<'_, Failures<Endpoint, Failure>> {
        locked(&self.failures)
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<(String, Endpoint)>> {
        locked(&self.calls)
    }
}
