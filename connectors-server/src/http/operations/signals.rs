//! A tenant's signals.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::connections::known_provider;
use crate::{
    http::{
        AppState, Problem,
        cursor::Scope,
        document::params::{DEFAULT_LIMIT, MAX_LIMIT, SignalListParams, SignalPath},
        extract::{Fields, Operator, PathFields, QueryFields, Tenant, boolean, integer, one_of, timestamp, uuid},
    },
    model::{ConnectionId, Signal, SignalId, SignalKind},
    store::{SignalFilter, SignalPosition},
};

/// A page of signals.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SignalList {
    /// The signals, newest first.
    signals: Vec<Signal>,
    /// Give it as `cursor` to get the next page; null on the last page, and only there.
    #[schema(required = true, example = json!(null))]
    next_cursor: Option<String>,
}

/// List the tenant's signals
///
/// Newest first by `occurred_at`. For activity, timelines and other views. Signals that arrive while a caller pages never
/// make it miss or repeat one that was there when it began.
#[utoipa::path(
    get,
    path = "/signals",
    operation_id = "list_signals",
    tag = "signals",
    params(SignalListParams),
    responses((status = 200, description = "A page of signals.", body = SignalList, example = json!({
        "signals": [{
            "id": "0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f",
            "provider_slug": "github",
            "connection_id": "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b",
            "kind": "issue_created",
            "occurred_at": "2026-01-02T03:04:05.000000Z",
            "received_at": "2026-01-02T03:04:06.250000Z",
            "title": "Spelling error in the README file",
            "url": "https://github.com/Codertocat/Hello-World/issues/1",
            "actor": {"id": "21031067", "name": "Codertocat", "url": "https://github.com/Codertocat"},
            "source": {"id": "186853002", "name": "Codertocat/Hello-World", "url": "https://github.com/Codertocat/Hello-World"},
        }],
        "next_cursor": null,
    })))
)]
pub(in crate::http) async fn list_signals(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    mut query: QueryFields,
) -> Result<Json<SignalList>, Problem> {
    let mut fields = Fields::default();
    let filter = SignalFilter {
        provider: query.get(&mut fields, "provider", known_provider).map(str::to_owned),
        connection_id: query.get(&mut fields, "connection_id", uuid(ConnectionId::parse)),
        kind: query.get(&mut fields, "kind", |text| one_of(text, SignalKind::ALL, SignalKind::as_str)),
        occurred_after: query.get(&mut fields, "occurred_after", timestamp),
        occurred_before: query.get(&mut fields, "occurred_before", timestamp),
    };
    if filter.occurred_after.zip(filter.occurred_before).is_some_and(|(after, before)| after > before) {
        fields.problem("occurred_after", "must not be later than `occurred_before`");
    }
    let limit = query.get(&mut fields, "limit", |text| integer(text, 1, MAX_LIMIT)).unwrap_or(DEFAULT_LIMIT);
    let with_payload = query.get(&mut fields, "include_payload", boolean).unwrap_or(false);
    let scope = Scope::new("list_signals", tenant, &canonical(&filter));
    let after = query.get(&mut fields, "cursor", |text| scope.decode(text));
    query.finish(&mut fields);
    fields.finish()?;

    let after = after.map(|(occurred_at, id)| SignalPosition { occurred_at, id });
    let page = app.service.signals(tenant, &filter, after, limit, with_payload).await?;
    let next_cursor = page.next.map(|next| scope.encode(next.occurred_at, next.id));
    Ok(Json(SignalList { signals: page.items, next_cursor }))
}

fn canonical(filter: &SignalFilter) -> [(&'static str, Option<String>); 5] {
    [
        ("provider", filter.provider.clone()),
        ("connection_id", filter.connection_id.map(|id| id.to_string())),
        ("kind", filter.kind.map(|kind| kind.to_string())),
        ("occurred_after", filter.occurred_after.map(|time| time.to_string())),
        ("occurred_before", filter.occurred_before.map(|time| time.to_string())),
    ]
}

/// Show one of the tenant's signals with its payload
///
/// Another tenant's signal is answered exactly as one that does not exist.
#[utoipa::path(
    get,
    path = "/signals/{signal_id}",
    operation_id = "get_signal",
    tag = "signals",
    params(SignalPath),
    responses((status = 200, description = "The signal, with the provider's event as it was received.", body = Signal, example = json!({
        "id": "0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f",
        "provider_slug": "github",
        "connection_id": null,
        "kind": "issue_created",
        "occurred_at": "2026-01-02T03:04:05.000000Z",
        "received_at": "2026-01-02T03:04:06.250000Z",
        "title": "Spelling error in the README file",
        "payload": {"action": "opened"},
    })))
)]
pub(in crate::http) async fn get_signal(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    path: PathFields,
    query: QueryFields,
) -> Result<Json<Signal>, Problem> {
    let mut fields = Fields::default();
    let id = fields.check("signal_id", uuid(SignalId::parse)(path.get("signal_id")));
    query.finish(&mut fields);
    fields.finish()?;
    let id = id.unwrap_or_else(|| unreachable!("a missing id is a problem"));
    Ok(Json(app.service.signal(tenant, id).await?))
}
