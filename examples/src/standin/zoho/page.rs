//! The pages that a user sees.

use axum::response::Response;
use http::StatusCode;

use super::store::{Request, User};
use crate::standin::page::{self, escape};

const NOTICE: &str = "This is a stand-in for Zoho. No real account is involved.";

/// The page that asks the user.
pub(super) fn consent(user: &User, request: &Request, id: &str) -> Response {
    let (name, address) = (escape(&user.name), escape(&user.mailbox));
    let origin = escape(&request.redirect_url.origin().ascii_serialization());
    let scopes: String =
        request.scopes.iter().map(|scope| format!("<li><code>{}</code></li>\n", escape(scope))).collect();
    page(
        StatusCode::OK,
        "Poblysh Connectors would like to access your Zoho account",
        &format!(
            r#"<h1>Poblysh Connectors would like to access your Zoho account</h1>
<p>You are signed in as <strong>{name}</strong> ({address}).</p>
<h2>Scopes it asks for</h2>
<ul>
{scopes}</ul>
<form method="post" action="auth">
<input type="hidden" name="request" value="{id}">
<button name="decision" value="cancel">Reject</button>
<button name="decision" value="authorize" class="primary">Accept</button>
</form>
<p class="note">Accepting takes you to <strong>{origin}</strong></p>"#
        ),
    )
}

/// The page that says what is wrong.
pub(super) fn refusal(error: &str) -> Response {
    let body = format!("<h1>Error occurred</h1>\n<p><code>{error}</code></p>");
    page(StatusCode::BAD_REQUEST, "Error occurred", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    page::page(status, title, body, NOTICE)
}
