//! Deliveries of providers.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        AppState, Problem,
        document::params::{DeliveryHeaders, ProviderPath, SETUP, SetupParams, TenantPath},
        extract::{Anybody, Operator, PathFields, Tenant, uuid},
    },
    model::{ConnectionId, Secret, TenantId},
    service::{Door, Ingested, WebhookReceipt},
};

/// The answer to a provider that sets the webhook up.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WebhookChallenge {
    /// The text with which Slack checks whose the URL is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")]
    challenge: Option<String>,
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
    ingest(&app, door, path.get("provider"), &headers, &body, None).await
}

/// Take in a delivery at a tenant's own URL
///
/// For the provider's side of a tenant's webhook, configured by infrastructure. The secret is the tenant's own, which
/// `connectors-server webhook-secret` prints, or the app's. Zoho Mail makes a secret for each webhook, and hands it over in
/// `X-Hook-Secret` when the webhook is made: for it the tenant's own stands in the URL, after `?setup=`.
#[utoipa::path(
    post,
    path = "/webhooks/{provider}/{tenant_id}",
    operation_id = "ingest_signed_webhook",
    tag = "webhooks",
    params(ProviderPath, TenantPath, SetupParams, DeliveryHeaders),
    request_body(content = Object, content_type = "application/json", description = "The provider's delivery, byte for byte."),
    responses((status = 200, description = "Slack checks whose the URL is (`url_verification`); or Zoho Mail has handed a webhook's secret over, and the object is empty.", body = WebhookChallenge, example = json!({
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    })), (status = 202, description = "The delivery's signals are stored, or nothing is made of it.", body = WebhookReceipt, example = json!({
        "status": "accepted", "signals": 1,
    })))
)]
pub(in crate::http) async fn ingest_signed_webhook(
    State(app): State<AppState>,
    _: Anybody,
    path: PathFields,
    RawQuery(query): RawQuery,
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
    ingest(&app, Door::Tenant(tenant), provider, &headers, &body, setup(query.as_deref()).as_ref()).await
}

async fn ingest(
    app: &AppState,
    door: Door,
    provider: &str,
    headers: &HeaderMap,
    body: &Bytes,
    setup: Option<&Secret>,
) -> Result<Response, Problem> {
    Ok(match app.service.ingest(door, provider, headers, body, named_connection(headers), setup).await? {
        Ingested::Receipt(receipt) => (StatusCode::ACCEPTED, Json(receipt)).into_response(),
        Ingested::Challenge(challenge) => Json(WebhookChallenge { challenge: Some(challenge) }).into_response(),
        Ingested::SecretKept => Json(WebhookChallenge { challenge: None }).into_response(),
    })
}

/// The secret in the URL, if it is there once.
fn setup(query: Option<&str>) -> Option<Secret> {
    let mut values = form_urlencoded::parse(query?.as_bytes()).filter(|(name, _)| name == SETUP);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| Secret::new(value))
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
