//! What the endpoints share, and the routes that lead to them.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tokio::sync::watch;

use super::app::OAuthApp;
use super::call::{self, Call};
use super::failure::{self, Endpoint, Failure};
use super::store::Store;
use super::{api, authorize, exchange, issues, revoke, user};
use crate::standin::failures::{Failures, locked};

#[derive(Debug)]
pub(super) struct Server {
    pub(super) app: OAuthApp,
    store: Mutex<Store>,
    failures: Mutex<Failures<Endpoint, Failure>>,
    calls: Mutex<Vec<Call>>,
    stopped: watch::Receiver<()>,
}

impl Server {
    pub(super) fn new(app: OAuthApp, stopped: watch::Receiver<()>) -> Self {
        Self { app, store: Mutex::default(), failures: Mutex::default(), calls: Mutex::default(), stopped }
    }

    pub(super) fn router(server: &Arc<Self>) -> Router {
        let fails = |endpoint| from_fn_with_state((server.clone(), endpoint), failure::inject);
        let api = Router::new()
            .route("/user", get(user::read).route_layer(fails(Endpoint::User)))
            .route("/issues", get(issues::list).route_layer(fails(Endpoint::Issues)))
            .route("/applications/{client_id}/token", delete(revoke::token).route_layer(fails(Endpoint::Revocation)))
            .route("/applications/{client_id}/grant", delete(revoke::grant).route_layer(fails(Endpoint::Revocation)))
            .fallback(api::unknown_path)
            .layer(from_fn(api::demand_user_agent));

        Router::new()
            .route("/login/oauth/authorize", get(authorize::ask).post(authorize::decide))
            .route("/login/oauth/access_token", post(exchange::code).route_layer(fails(Endpoint::Token)))
            .nest("/api/v3", api)
            .layer(from_fn_with_state(server.clone(), call::record))
            .with_state(server.clone())
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    pub(super) fn failures(&self) -> MutexGuard<'_, Failures<Endpoint, Failure>> {
        locked(&self.failures)
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        locked(&self.calls)
    }

    /// Returns once the stand-in has been dropped.
    pub(super) async fn stopped(&self) {
        let mut stopped = self.stopped.clone();
        let _ = stopped.changed().await;
    }
}
