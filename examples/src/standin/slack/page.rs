//! The pages that a user sees.

use axum::response::Response;
use http::StatusCode;

use super::store::{Request, Workspace};
use crate::standin::page::{self, escape};

const NOTICE: &str = "This is a stand-in for Slack. No real workspace is involved.";

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
    page::page(status, title, body, NOTICE)
}
