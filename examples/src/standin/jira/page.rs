//! The pages that a user sees.

use axum::response::Response;
use http::StatusCode;

use super::store::{Account, Request, Site};
use crate::standin::page::{self, escape};

const NOTICE: &str = "This is a stand-in for Atlassian. No real site is involved.";

/// The page that asks the user.
pub(super) fn consent(account: &Account, sites: &[Site], request: &Request, id: &str) -> Response {
    let name = escape(&account.name);
    let origin = escape(&request.redirect_url.origin().ascii_serialization());
    let list = |items: Vec<String>| -> String { items.iter().map(|it| format!("<li>{it}</li>\n")).collect() };
    let sites = list(sites.iter().map(|site| escape(&site.host)).collect());
    let scopes = list(request.scopes.iter().map(|scope| format!("<code>{}</code>", escape(scope))).collect());
    page(
        StatusCode::OK,
        "Poblysh Connectors is requesting access",
        &format!(
            r#"<h1>Poblysh Connectors is requesting access to your Atlassian account</h1>
<p>You are signed in as <strong>{name}</strong>. Use app on:</p>
<ul>
{sites}</ul>
<h2>It would like to</h2>
<ul>
{scopes}</ul>
<form method="post" action="/authorize">
<input type="hidden" name="request" value="{id}">
<button name="decision" value="cancel">Cancel</button>
<button name="decision" value="authorize" class="primary">Accept</button>
</form>
<p class="note">Accepting takes you to <strong>{origin}</strong></p>"#
        ),
    )
}

/// The page that says what is wrong.
pub(super) fn refusal(what: &str) -> Response {
    let body = format!("<h1>Something went wrong</h1>\n<p>{}</p>", escape(what));
    page(StatusCode::BAD_REQUEST, "Something went wrong", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    page::page(status, title, body, NOTICE)
}
