//! Deliveries of providers.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        AppState, Problem,
        document::params::{DeliveryHeaders, ProviderPath, TenantPath},
        extract::{Anybody, Operator, PathFields, Tenant, uuid},
    },
    model::{ConnectionId, TenantId},
    service::{Door, Ingested, WebhookReceipt},
};

/// The answer to a provider's check of the webhook's URL.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WebhookChallenge {
    /// The text that the provider sent.
    #[schema(example = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")]
    challenge: String,
}

/// Take in a delivery at an app's single URL, or one that Core hands on
///
/// A provider posts its app's deliveries here, signed with the app's secret; their signals are stored for every tenant that
/// has connected the account that the delivery names. With an operator token or `X-Tenant-Id` it is Core that hands on a
/// delivery for one tenant, with the provider's own headers and no signature.
///
/// Jira signs in `Authorization`: a bearer token there that is no operator token is Jira's, unless a tenant is named.
#[utoipa::path(
    post,
    path = "/webhooks/{provider}",
    operation_id = "ingest_webhook",
    tag = "webhooks",
    params(ProviderPath, DeliveryHeaders),
    request_body(content = Object, content_type = "application/json", description = "The provider's delivery, byte for byte."),
    responses((status = 200, description = "Slack checks whose the URL is (`url_verification`).", body = WebhookChallenge, example = json!({
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    })), (status = 202, description = "The delivery's signals are stored, or nothing is made of it.", body = WebhookReceipt, example = json!({
        "status": "accepted", "signals": 1,
    })))
)]
pub(in crate::http) async fn ingest_webhook(
    State(app): State<AppState>,
    AppDoor(door): AppDoor,
    path: PathFields,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    ingest(&app, door, path.get("provider"), &headers, &body).await
}

/// Take in a delivery at a tenant's own URL
///
/// For the provider's side of a tenant's webhook, configured by infrastructure. The secret is the tenant's own, which
/// `connectors-server webhook-secret` prints, or the app's.
#[utoipa::path(
    post,
    path = "/webhooks/{provider}/{tenant_id}",
    operation_id = "ingest_signed_webhook",
    tag = "webhooks",
    params(ProviderPath, TenantPath, DeliveryHeaders),
    request_body(content = Object, content_type = "application/json", description = "The provider's delivery, byte for byte."),
    responses((status = 200, description = "Slack checks whose the URL is (`url_verification`).", body = WebhookChallenge, example = json!({
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    })), (status = 202, description = "The delivery's signals are stored, or nothing is made of it.", body = WebhookReceipt, example = json!({
        "status": "accepted", "signals": 1,
    })))
)]
pub(in crate::http) async fn ingest_signed_webhook(
    State(app): State<AppState>,
    _: Anybody,
    path: PathFields,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let provider = path.get("provider");
    app.service.check_provider(provider)?;
    let invalid = |problem: &str| Problem::invalid([("tenant_id".to_owned(), problem.to_owned())].into());
    let tenant = TenantId::parse(path.get("tenant_id")).ok_or_else(|| invalid("must be a hyphenated UUID"))?;
    if tenant.0.is_nil() {
        return Err(invalid("must not be the nil UUID"));
    }
    ingest(&app, Door::Tenant(tenant), provider, &headers, &body).await
}

async fn ingest(
    app: &AppState,
    door: Door,
    provider: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Problem> {
    Ok(match app.service.ingest(door, provider, headers, body, named_connection(headers)).await? {
        Ingested::Receipt(receipt) => (StatusCode::ACCEPTED, Json(receipt)).into_response(),
        Ingested::Challenge(challenge) => Json(WebhookChallenge { challenge }).into_response(),
    })
}

fn named_connection(headers: &HeaderMap) -> Option<Result<ConnectionId, String>> {
    let mut values = headers.get_all("X-Connection-Id").iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some(Err("is given more than once".into()));
    }
    Some(uuid(ConnectionId::parse)(value.to_str().unwrap_or_default()))
}

/// Whether a provider or Core is at the app's URL: Core shows an operator token or names a tenant. So does who shows anything
/// else in `Authorization`, but where the provider signs there.
pub(in crate::http) struct AppDoor(Door);

impl FromRequestParts<AppState> for AppDoor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let Ok(path) = PathFields::from_request_parts(parts, app).await;
        let signs_there = app.service.signs_in_authorization(path.get("provider"));
        let is_core = if signs_there {
            Operator::is_shown(parts, app)
        } else {
            parts.headers.contains_key(header::AUTHORIZATION)
        };
        if is_core || parts.headers.contains_key("X-Tenant-Id") {
            Operator::from_request_parts(parts, app).await?;
            let Tenant(tenant) = Tenant::from_request_parts(parts, app).await?;
            Ok(Self(Door::HandedOn(tenant)))
        } else {
            Anybody::from_request_parts(parts, app).await.map(|_| Self(Door::App))
        }
    }
}
