//! The documentation that the service serves: its OpenAPI document, Swagger UI and the list of errors.

use std::sync::{Arc, LazyLock};

use axum::{
    http::{HeaderValue, Uri, header},
    response::{Html, IntoResponse, Response},
};
use utoipa_swagger_ui::Config;

use super::{ErrorCode, Problem, document};

static SWAGGER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(false).validator_url("none"))
});

/// `GET /openapi.json`.
pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}

/// `GET /docs`: Swagger UI, whose files are part of the program.
pub(super) async fn swagger_ui(uri: Uri) -> Result<Response, Problem> {
    let file = uri.path().strip_prefix("/docs").unwrap_or_default().trim_start_matches('/');
    if file.is_empty() && !uri.path().ends_with('/') {
        // The page names its files relative to itself.
        return Ok(axum::response::Redirect::permanent("/docs/").into_response());
    }
    let found = utoipa_swagger_ui::serve(file, Arc::clone(&SWAGGER)).ok().flatten();
    let found = found.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let content_type = HeaderValue::from_str(&found.content_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    Ok(([(header::CONTENT_TYPE, content_type)], found.bytes.into_owned()).into_response())
}

/// `GET /docs/errors`: what each code means and what to do.
pub(super) async fn errors() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let entry = |code: &ErrorCode| {
            format!(
                "<section id=\"{code}\"><h2><a href=\"#{code}\"><code>{code}</code></a> <small>{}</small></h2>\
                 <p><strong>{}.</strong> {}</p></section>\n",
                code.status().as_u16(),
                code.title(),
                code_spans(code.explanation()),
            )
        };
        let entries: String = ErrorCode::ALL.iter().map(entry).collect();
        include_str!("errors.html").replace("<!-- entries -->", &entries)
    });
    Html(&PAGE)
}

/// Renders text between backticks as code, and escapes the rest.
fn code_spans(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = escaped.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
