//! About the service itself.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::{AppState, ErrorCode, Problem, extract::Anybody};

const SERVICE: &str = "poblysh-connectors";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What this is and where its documentation lives.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ServiceInfo {
    /// The service's name.
    #[schema(example = "poblysh-connectors")]
    service: &'static str,
    /// The service's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Swagger UI, relative to the service.
    #[schema(format = "uri-reference", example = "/docs")]
    docs_url: &'static str,
    /// The OpenAPI document, relative to the service.
    #[schema(format = "uri-reference", example = "/openapi.json")]
    openapi_url: &'static str,
}

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The service's name.
    #[schema(example = "poblysh-connectors")]
    service: &'static str,
    /// The service's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// That the service can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Readiness {
    /// Always `ready`; a service that is not answers with a problem.
    #[schema(example = "ready")]
    status: &'static str,
    /// What was checked.
    checks: ReadinessChecks,
}

/// What readiness depends on.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ReadinessChecks {
    /// Whether the database answers: `ok`.
    #[schema(example = "ok")]
    database: &'static str,
    /// Whether the schema is the one of this version: `ok`.
    #[schema(example = "ok")]
    migrations: &'static str,
}

/// Name the service and its documentation
///
/// A first call to see that the address is right; it needs no credentials.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "get_service_info",
    tag = "service",
    responses((status = 200, description = "The service.", body = ServiceInfo, example = json!({
        "service": "poblysh-connectors", "version": "0.1.0", "docs_url": "/docs", "openapi_url": "/openapi.json",
    })))
)]
pub(in crate::http) async fn get_service_info(_: Anybody) -> Json<ServiceInfo> {
    Json(ServiceInfo { service: SERVICE, version: VERSION, docs_url: "/docs", openapi_url: "/openapi.json" })
}

/// Tell whether the process lives
///
/// It touches no dependency, so that an outage of the database does not get the process killed.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    tag = "service",
    responses((status = 200, description = "The process lives.", body = Health, example = json!({
        "status": "ok", "service": "poblysh-connectors", "version": "0.1.0",
    })))
)]
pub(in crate::http) async fn get_health() -> Json<Health> {
    Json(Health { status: "ok", service: SERVICE, version: VERSION })
}

/// Tell whether the service can do its work
///
/// If it can't, `details.checks` names what fails.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "get_readiness",
    tag = "service",
    responses((status = 200, description = "The service can do its work.", body = Readiness, example = json!({
        "status": "ready", "checks": {"database": "ok", "migrations": "ok"},
    })))
)]
pub(in crate::http) async fn get_readiness(State(app): State<AppState>) -> Response {
    let store = app.service.store();
    let (mut checks, mut cause) = (serde_json::Map::new(), None);
    if let Err(error) = store.ping().await {
        checks.insert("database".into(), json!("out of reach"));
        cause = Some(error);
    } else {
        match store.is_migrated().await {
            Ok(true) => {}
            Ok(false) => drop(checks.insert("migrations".into(), json!("not those of this version"))),
            Err(error) => {
                checks.insert("migrations".into(), json!("can't be read"));
                cause = Some(error);
            }
        }
    }
    if app.is_unready() {
        checks.insert("shutdown".into(), json!("in progress"));
    }
    if checks.is_empty() {
        return Json(Readiness { status: "ready", checks: ReadinessChecks { database: "ok", migrations: "ok" } })
            .into_response();
    }
    let problem = Problem::new(ErrorCode::ServiceUnavailable).retry_after(1).detail("checks", checks);
    cause.into_iter().fold(problem, Problem::cause).into_response()
}
