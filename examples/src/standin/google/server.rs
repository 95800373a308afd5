//! What the endpoints share, and the routes that lead to them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, header::AUTHORIZATION};
use url::Url;

use super::{
    authorize, calendar, drive,
    failure::{Failure, Method},
    gmail,
    push::{self, Keys},
    store::{Account, Store},
    token,
};
use crate::standin::failures::{Failures, locked};

#[derive(Debug)]
pub(super) struct Server {
    client_id: String,
    client_secret: String,
    redirect_uris: Vec<Url>,
    page_size: AtomicUsize,
    pub(super) keys: Keys,
    store: Mutex<Store>,
    failures: Mutex<Failures<Method, Failure>>,
    delay: Mutex<Duration>,
    calls: Mutex<Vec<Method>>,
}

impl Server {
    pub(super) fn new(client_id: &str, client_secret: &str, redirect_uris: Vec<Url>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris,
            page_size: AtomicUsize::new(1_000),
            keys: Keys::default(),
            store: Mutex::default(),
            failures: Mutex::default(),
            delay: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    pub(super) fn router(server: &Arc<Self>) -> Router {
        Router::new()
            .route("/o/oauth2/v2/auth", get(authorize::ask).post(authorize::decide))
            .route("/token", post(token::token))
            .route("/revoke", post(token::revoke))
            .route("/v1/userinfo", get(token::userinfo))
            .route("/drive/v3/changes/startPageToken", get(drive::start_page_token))
            .route("/drive/v3/changes", get(drive::changes))
            .route("/drive/v3/changes/watch", post(drive::watch))
            .route("/drive/v3/channels/stop", post(drive::stop))
            .route("/drive/v3/files", get(drive::files))
            .route("/calendar/v3/calendars/primary/events", get(calendar::events))
            .route("/calendar/v3/calendars/primary/events/watch", post(calendar::watch))
            .route("/calendar/v3/channels/stop", post(calendar::stop))
            .route("/gmail/v1/users/me/profile", get(gmail::profile))
            .route("/gmail/v1/users/me/history", get(gmail::history))
            .route("/gmail/v1/users/me/messages", get(gmail::messages))
            .route("/gmail/v1/users/me/messages/{id}", get(gmail::message))
            .route("/gmail/v1/users/me/watch", post(gmail::watch))
            .route("/gmail/v1/users/me/stop", post(gmail::stop))
            .route("/oauth2/v3/certs", get(push::certs))
            .layer(from_fn_with_state(server.clone(), delayed))
            .with_state(server.clone())
    }

    pub(super) fn is_client(&self, id: Option<&str>) -> bool {
        id == Some(&self.client_id)
    }

    pub(super) fn is_secret(&self, secret: Option<&str>) -> bool {
        secret == Some(&self.client_secret)
    }

    /// "The value must exactly match one of the authorized redirect URIs".
    pub(super) fn redirect_uri(&self, asked: &str) -> Option<Url> {
        let asked = Url::parse(asked).ok()?;
        self.redirect_uris.contains(&asked).then_some(asked)
    }

    /// The most that is on a page.
    pub(super) fn page_size(&self) -> usize {
        self.page_size.load(Ordering::Relaxed)
    }

    pub(super) fn set_page_size(&self, size: usize) {
        self.page_size.store(size, Ordering::Relaxed);
    }

    /// Notes a call, and says how it is to fail.
    pub(super) fn called(&self, method: Method) -> Option<Failure> {
        self.calls().push(method);
        self.failures().next(method)
    }

    /// Whose token came with a call, if it is good for this scope; else whether it is good for anything.
    pub(super) fn caller(&self, headers: &HeaderMap, scope: &str) -> Result<Account, bool> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let store = self.store();
        let found = token.and_then(|token| store.of_token(token));
        let good = found.filter(|token| token.scopes.contains(scope));
        good.map(|token| token.account.clone()).ok_or(found.is_some())
    }

    /// Answers a call of an API.
    pub(super) fn api(
        &self,
        method: Method,
        headers: &HeaderMap,
        scope: &str,
        answer: impl FnOnce(&mut Store, Account) -> Response,
    ) -> Response {
        if let Some(failure) = self.called(method) {
            return failure.into_response();
        }
        match self.caller(headers, scope) {
            Ok(account) => answer(&mut self.store(), account),
            Err(is_known) => token::unauthorized(is_known),
        }
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    pub(super) fn failures(&self) -> MutexGuard<'_, Failures<Method, Failure>> {
        locked(&self.failures)
    }

    pub(super) fn delay_next(&self, delay: Duration) {
        *locked(&self.delay) = delay;
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<Method>> {
        locked(&self.calls)
    }
}

async fn delayed(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let delay = std::mem::take(&mut *locked(&server.delay));
    let answer = next.run(request).await;
    tokio::time::sleep(delay).await;
    answer
}
