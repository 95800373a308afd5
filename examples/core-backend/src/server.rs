//! The routes, what guards them, and the server.

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, Request, StatusCode, header},
    middleware,
};
use tokio::net::TcpListener;
use tower_http::{set_header::SetResponseHeaderLayer, timeout::TimeoutLayer, trace::TraceLayer};
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, cookie::SameSite, cookie::time};

use crate::{Core, api, pages, same_origin};

/// Longer than the client's own deadline, so that an answer of the service's is told and not cut off.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Only what this server itself serves; no page of it in a frame. No `form-action`: browsers apply it to the redirect that answers
/// the form as well, and that leads to the provider.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Everything that Core serves.
pub fn app(core: Core) -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name("core_session")
        .with_http_only(true)
        // The provider's redirect is a navigation from another site, which `Strict` would leave without its session.
        .with_same_site(SameSite::Lax)
        // A real Core is behind TLS.
        .with_secure(false)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(8)));
    let header = |name, value: &'static str| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .merge(api::routes())
        .merge(pages::routes())
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .merge(pages::assets())
        .fallback(pages::not_found)
        .layer(sessions)
        .layer(middleware::from_fn(same_origin::check))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        // By path alone: the query of a callback is a credential.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        }))
        .with_state(core)
}

/// Serves until `stopped` ends, and finishes the requests that are under way then.
///
/// # Errors
/// If the socket fails.
pub async fn serve(
    listener: TcpListener,
    core: Core,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, app(core)).with_graceful_shutdown(stopped).await
}
