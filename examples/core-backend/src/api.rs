//! The routes that the guide names, as JSON.

use axum::{
    Json, Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Redirect,
    routing::{any, delete, get, post},
};
use serde::Serialize;

use crate::{
    Core,
    accounts::{self, Account},
    activity::{self, Filter, Timeline},
    failure::Failure,
    integrations::{self, Integration},
    oauth::{self, Outcome},
    session::{Member, TenantMember},
};

/// The routes.
pub(crate) fn routes() -> Router<Core> {
    Router::new()
        .route("/api/connectors/providers", get(providers))
        .route("/api/connectors/providers/{provider}/authorize", post(authorize))
        .route("/api/connectors/{provider}/callback", get(callback))
        .route("/api/connectors/connections", get(connections))
        .route("/api/connectors/connections/{id}", delete(disconnect))
        .route("/api/connectors/signals", get(signals))
        .route("/api/{*path}", any(async || Failure::not_here()))
}

// ANCHOR: providers
async fn providers(State(core): State<Core>, _: Member) -> Result<Json<Vec<Integration>>, Failure> {
    Ok(Json(integrations::list(&core.connectors).await?))
}
// ANCHOR_END: providers

// ANCHOR: authorize
#[derive(Serialize)]
struct Authorize {
    authorize_url: String,
}

async fn authorize(member: TenantMember, Path(provider): Path<String>) -> Result<Json<Authorize>, Failure> {
    let authorize_url = oauth::start(&member, &provider).await?;
    Ok(Json(Authorize { authorize_url }))
}
// ANCHOR_END: authorize

// ANCHOR: callback
/// The provider sends the user's browser here. It is redirected at once, so that code and state leave the address bar.
async fn callback(
    State(core): State<Core>,
    member: Result<TenantMember, Failure>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Redirect {
    let Ok(member) = member else { return Redirect::to("/login") };
    let page = match oauth::complete(&member, &provider, &query.unwrap_or_default()).await {
        Ok(Outcome::Connected(connection)) => {
            core.connected(connection.id, member.member.user.name);
            "/accounts?connected"
        }
        Ok(Outcome::Declined) => "/integrations?declined",
        Ok(Outcome::StartAgain) => "/integrations?start-again",
        Err(failure) if failure.status == StatusCode::SERVICE_UNAVAILABLE => "/integrations?later",
        Err(_) => "/integrations?failed",
    };
    Redirect::to(page)
}
// ANCHOR_END: callback

// ANCHOR: connections
async fn connections(State(core): State<Core>, member: TenantMember) -> Result<Json<Vec<Account>>, Failure> {
    Ok(Json(accounts::list(&core, &member).await?))
}
// ANCHOR_END: connections

async fn disconnect(
    State(core): State<Core>,
    member: TenantMember,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    accounts::disconnect(&core, &member, id.parse().map_err(|_| Failure::not_here())?).await?;
    Ok(StatusCode::NO_CONTENT)
}

// ANCHOR: signals
async fn signals(member: TenantMember, filter: Filter) -> Result<Json<Timeline>, Failure> {
    Ok(Json(activity::page(&member, &filter).await?))
}
// ANCHOR_END: signals
