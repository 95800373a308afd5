//! The routes.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa::OpenApi;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::{
    AppState, ErrorCode, Problem, docs, document as openapi,
    extract::{hang_up_unread, read_json, read_webhook},
    operations::{connections, oauth, providers, service, signals, webhooks},
    request_id,
};

/// The service's HTTP surface.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use connectors_server::{AppState, config::{Config, Environment}, router};
///
/// let config = Config::from_environment(&mut Environment::new([
///     ("POBLYSH_OPERATOR_TOKENS", "a-token-for-tests"),
///     ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
///     ("POBLYSH_DATABASE_URL", "sqlite:connectors.db"),
/// ]))?;
/// let app = router(AppState::open(config).await?);
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await?;
/// # Ok(())
/// # }
/// ```
pub fn router(state: AppState) -> Router {
    let (router, _) = operations(&state).split_for_parts();
    router
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::swagger_ui))
        .route("/docs/", get(docs::swagger_ui))
        .route("/docs/errors", get(docs::errors))
        .route("/docs/{*file}", get(docs::swagger_ui))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        // Bodies are read and bounded before a handler sees them, to limits of the configuration.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(request_id::layer))
        .layer(middleware::from_fn(hang_up_unread))
        .with_state(state)
}

/// The OpenAPI document, byte for byte what `GET /openapi.json` serves.
pub fn document() -> &'static str {
    static DOCUMENT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let (_, api) = routes(|router| router, |router| router, |router| router).split_for_parts();
        openapi::complete(&api)
    })
}

type Route = axum::routing::MethodRouter<AppState>;

/// The operations with their checks.
fn operations(state: &AppState) -> OpenApiRouter<AppState> {
    let json = middleware::from_fn_with_state(state.clone(), read_json);
    let webhook = middleware::from_fn_with_state(state.clone(), read_webhook);
    let serving = middleware::from_fn_with_state(state.clone(), refuse_while_draining);
    routes(
        |route| route.route_layer(json.clone()),
        |route| route.route_layer(webhook.clone()),
        |router| router.route_layer(serving.clone()),
    )
}

/// The operations. What reads a body, and what is refused while the service drains, is layered by the arguments.
fn routes(
    json: impl Fn(Route) -> Route,
    webhook: impl Fn(Route) -> Route,
    serving: impl Fn(OpenApiRouter<AppState>) -> OpenApiRouter<AppState>,
) -> OpenApiRouter<AppState> {
    let probes = OpenApiRouter::new().routes(routes!(service::get_health)).routes(routes!(service::get_readiness));
    let public =
        OpenApiRouter::new().routes(routes!(service::get_service_info)).routes(routes!(providers::list_providers));
    let private = OpenApiRouter::new()
        .routes(routes!(oauth::start_oauth).map(&json))
        // A HEAD that answered as GET would spend the code.
        .routes(routes!(oauth::complete_oauth).map(|route| route.head(only_get).fallback(only_get)))
        .routes(routes!(connections::list_connections))
        .routes(routes!(connections::get_connection, connections::delete_connection))
        .routes(routes!(signals::list_signals))
        .routes(routes!(signals::get_signal))
        .routes(routes!(webhooks::ingest_webhook).map(&webhook))
        .routes(routes!(webhooks::ingest_signed_webhook).map(&webhook));
    let private = serving(private).route_layer(middleware::map_response(no_store));
    OpenApiRouter::with_openapi(openapi::Skeleton::openapi()).merge(probes).merge(serving(public)).merge(private)
}

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn refuse_while_draining(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if app.is_draining() {
        let problem = Problem::new(ErrorCode::ServiceUnavailable);
        return problem.message("The service is shutting down").retry_after(1).into_response();
    }
    next.run(request).await
}

async fn not_found() -> Problem {
    Problem::new(ErrorCode::NotFound).message("The service has no such route; see `GET /openapi.json`")
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(ErrorCode::MethodNotAllowed).message(format!("The route does not have the method {method}"))
}

async fn only_get(method: Method) -> impl IntoResponse {
    ([(header::ALLOW, "GET")], method_not_allowed(method).await)
}
