//! The pages that a user sees.

use axum::response::Response;
use http::StatusCode;

use super::store::{Account, Request};
use crate::standin::page::{escape, page};

const NOTICE: &str = "This is a stand-in for Google. No real account is involved.";

/// The page that asks the user.
pub(super) fn consent(account: &Account, request: &Request, id: &str) -> Response {
    let email = escape(&account.email);
    let origin = escape(&request.redirect_uri.origin().ascii_serialization());
    let scopes: String =
        request.scopes.iter().map(|scope| format!("<li><code>{}</code></li>\n", escape(scope))).collect();
    page(
        StatusCode::OK,
        "Poblysh Connectors wants access to your Google Account",
        &format!(
            r#"<h1>Poblysh Connectors wants access to your Google Account</h1>
<p>You are signed in as <strong>{email}</strong>.</p>
<h2>What it asks for</h2>
<ul>
{scopes}</ul>
<form method="post" action="/o/oauth2/v2/auth">
<input type="hidden" name="request" value="{id}">
<button name="decision" value="cancel">Cancel</button>
<button name="decision" value="authorize" class="primary">Continue</button>
</form>
<p class="note">Continuing takes you to <strong>{origin}</strong></p>"#
        ),
        NOTICE,
    )
}

/// The page that says what is wrong.
pub(super) fn refusal(status: StatusCode, error: &str) -> Response {
    let body = format!("<h1>Access blocked: authorization error</h1>\n<p>Error: <code>{error}</code></p>");
    page(status, "Access blocked", &body, NOTICE)
}
