//! The pages that a user sees.

use axum::response::{Html, IntoResponse, Response};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY},
};

use super::store::{Request, Workspace};

const STYLE: &str = include_str!("../page.css");

/// The page that asks the user.
pub(super) fn consent(workspace: &Workspace, request: &Request, id: &str) -> Response {
    let name = escape(&workspace.name);
    let origin = escape(&request.redirect_url.origin().ascii_serialization());
    let scopes: String =
        request.scopes.iter().map(|scope| format!("<li><code>{}</code></li>\n", escape(scope))).collect();
    page(
        StatusCode::OK,
        "Poblysh Connectors is requesting permission",
        &format!(
            r#"<h1>Poblysh Connectors is requesting permission</h1>
<p>It asks for access to the Slack workspace <strong>{name}</strong>.</p>
<h2>Scopes it asks for</h2>
<ul>
{scopes}</ul>
<form method="post" action="/oauth/v2/authorize">
<input type="hidden" name="request" value="{id}">
<button name="decision" value="cancel">Cancel</button>
<button name="decision" value="authorize" class="primary">Allow</button>
</form>
<p class="note">Allowing takes you to <strong>{origin}</strong></p>"#
        ),
    )
}

/// The page that says what is wrong.
pub(super) fn refusal(error: &str) -> Response {
    let body = format!("<h1>Something went wrong when authorizing this app</h1>\n<p>Error: <code>{error}</code></p>");
    page(StatusCode::BAD_REQUEST, "Something went wrong", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<footer>This is a stand-in for Slack. No real workspace is involved.</footer>
</body>
</html>
"#
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        // No `form-action`: browsers apply it to the redirect that answers the form as well.
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
