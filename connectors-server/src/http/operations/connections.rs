//! A tenant's connections.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        AppState, Problem,
        cursor::Scope,
        document::params::{ConnectionListParams, ConnectionPath, DEFAULT_LIMIT, MAX_LIMIT},
        extract::{Fields, Operator, PathFields, QueryFields, Tenant, integer, one_of, uuid},
    },
    model::{Connection, ConnectionId, ConnectionStatus},
    provider,
    store::{ConnectionFilter, ConnectionPosition},
};

/// A page of connections.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ConnectionList {
    /// The connections, oldest first.
    connections: Vec<Connection>,
    /// Give it as `cursor` to get the next page; null on the last page, and only there.
    #[schema(required = true, example = json!(null))]
    next_cursor: Option<String>,
}

/// List the tenant's connections
///
/// Oldest first. For the page of connected accounts.
#[utoipa::path(
    get,
    path = "/connections",
    operation_id = "list_connections",
    tag = "connections",
    params(ConnectionListParams),
    responses((status = 200, description = "A page of connections.", body = ConnectionList, example = json!({
        "connections": [{
            "id": "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b",
            "provider": "github",
            "status": "active",
            "external_account": {"id": "21031067", "name": "Codertocat", "url": "https://github.com/Codertocat"},
            "scopes": ["read:org", "read:user"],
            "created_at": "2026-01-02T03:04:05.000000Z",
            "updated_at": "2026-01-02T03:04:05.000000Z",
            "metadata": {"account_type": "User"},
        }],
        "next_cursor": null,
    })))
)]
pub(in crate::http) async fn list_connections(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    mut query: QueryFields,
) -> Result<Json<ConnectionList>, Problem> {
    let mut fields = Fields::default();
    let provider = query.get(&mut fields, "provider", known_provider);
    let status = query.get(&mut fields, "status", |text| one_of(text, ConnectionStatus::ALL, ConnectionStatus::as_str));
    let limit = query.get(&mut fields, "limit", |text| integer(text, 1, MAX_LIMIT)).unwrap_or(DEFAULT_LIMIT);
    let filters = [("provider", provider.map(str::to_owned)), ("status", status.map(|status| status.to_string()))];
    let scope = Scope::new("list_connections", tenant, &filters);
    let after = query.get(&mut fields, "cursor", |text| scope.decode(text));
    query.finish(&mut fields);
    fields.finish()?;

    let filter = ConnectionFilter { provider: provider.map(str::to_owned), status };
    let after = after.map(|(created_at, id)| ConnectionPosition { created_at, id });
    let page = app.service.connections(tenant, &filter, after, limit).await?;
    let next_cursor = page.next.map(|next| scope.encode(next.created_at, next.id));
    Ok(Json(ConnectionList { connections: page.items, next_cursor }))
}

/// A provider's slug as a filter.
pub(super) fn known_provider(text: &str) -> Result<&'static str, String> {
    let names: Vec<&'static str> = provider::descriptors().map(|descriptor| descriptor.name).collect();
    one_of(text, &names, |name| name)
}

/// Show one of the tenant's connections
///
/// Another tenant's connection is answered exactly as one that does not exist.
#[utoipa::path(
    get,
    path = "/connections/{connection_id}",
    operation_id = "get_connection",
    tag = "connections",
    params(ConnectionPath),
    responses((status = 200, description = "The connection.", body = Connection, example = json!({
        "id": "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b",
        "provider": "github",
        "status": "active",
        "external_account": {"id": "21031067", "name": "Codertocat", "url": "https://github.com/Codertocat"},
        "scopes": ["read:org", "read:user"],
        "created_at": "2026-01-02T03:04:05.000000Z",
        "updated_at": "2026-01-02T03:04:05.000000Z",
        "metadata": {"account_type": "User"},
    })))
)]
pub(in crate::http) async fn get_connection(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    path: PathFields,
    query: QueryFields,
) -> Result<Json<Connection>, Problem> {
    let id = connection_id(&path, query)?;
    Ok(Json(app.service.connection(tenant, id).await?))
}

/// Disconnect an account
///
/// Erases the tokens and makes them useless at the provider as far as nothing else uses them. The signals stay. Connecting
/// the account again makes a new connection.
#[utoipa::path(
    delete,
    path = "/connections/{connection_id}",
    operation_id = "delete_connection",
    tag = "connections",
    params(ConnectionPath),
    responses((status = 204, description = "The connection is gone."))
)]
pub(in crate::http) async fn delete_connection(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    path: PathFields,
    query: QueryFields,
) -> Result<StatusCode, Problem> {
    let id = connection_id(&path, query)?;
    app.service.delete_connection(tenant, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn connection_id(path: &PathFields, query: QueryFields) -> Result<ConnectionId, Problem> {
    let mut fields = Fields::default();
    let id = fields.check("connection_id", uuid(ConnectionId::parse)(path.get("connection_id")));
    query.finish(&mut fields);
    fields.finish()?;
    Ok(id.unwrap_or_else(|| unreachable!("a missing id is a problem")))
}
