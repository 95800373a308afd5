//! The providers that tenants can connect.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        AppState, Problem,
        extract::{Anybody, Fields, QueryFields},
    },
    model::ProviderInfo,
};

/// All providers.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ProviderList {
    /// The providers, sorted by `name`.
    providers: Vec<ProviderInfo>,
}

/// List the providers that can be connected
///
/// For the page of available integrations. `available` is false where this deployment has no credentials.
#[utoipa::path(
    get,
    path = "/providers",
    operation_id = "list_providers",
    tag = "providers",
    responses((status = 200, description = "All providers.", body = ProviderList, example = json!({"providers": [{
        "name": "github",
        "display_name": "GitHub",
        "auth_type": "oauth2",
        "scopes": ["read:org", "read:user"],
        "webhooks": true,
        "signal_kinds": ["issue_created", "pr_merged", "code_pushed"],
        "available": true,
    }]})))
)]
pub(in crate::http) async fn list_providers(
    State(app): State<AppState>,
    _: Anybody,
    query: QueryFields,
) -> Result<Json<ProviderList>, Problem> {
    let mut fields = Fields::default();
    query.finish(&mut fields);
    fields.finish()?;
    Ok(Json(ProviderList { providers: app.service.providers() }))
}
