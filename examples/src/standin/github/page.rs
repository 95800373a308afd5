//! The pages that a user sees.

use axum::response::Response;
use http::StatusCode;

use super::account::Account;
use super::app::OAuthApp;
use super::store::AuthorizationRequest;
use crate::standin::page::{self, escape};

const NOTICE: &str = "This is a stand-in for GitHub. No real account is involved.";

/// The page that asks the user.
pub(super) fn consent(app: &OAuthApp, account: &Account, request: &AuthorizationRequest, id: &str) -> Response {
    let app = escape(&app.name);
    let login = escape(&account.login);
    let origin = escape(&request.redirect_uri.origin().ascii_serialization());
    let scopes = scopes(&request.scopes);
    page(
        StatusCode::OK,
        &format!("Authorize {app}"),
        &format!(
            r#"<h1>Authorize {app}</h1>
<p><strong>{app}</strong> asks for access to the GitHub account <strong>{login}</strong>.</p>
{scopes}
<form method="post" action="/login/oauth/authorize">
<input type="hidden" name="request" value="{id}">
<button name="decision" value="cancel">Cancel</button>
<button name="decision" value="authorize" class="primary">Authorize</button>
</form>
<p class="note">Authorizing takes you to <strong>{origin}</strong></p>"#
        ),
    )
}

/// The answer to an unknown `client_id`.
pub(super) fn not_found() -> Response {
    let body = "<h1>Page not found</h1>\n<p>No app is registered with the <code>client_id</code> of this link.</p>";
    page(StatusCode::NOT_FOUND, "Page not found", body)
}

/// The answer to a form that no consent page was shown for, or that was sent already.
pub(super) fn unprocessable() -> Response {
    let body = "<h1>This request was answered already</h1>\n<p>Go back to the app and start again.</p>";
    page(StatusCode::UNPROCESSABLE_ENTITY, "Answered already", body)
}

fn scopes(scopes: &[String]) -> String {
    if scopes.is_empty() {
        return "<p>It will see public information only.</p>".to_owned();
    }
    let items: String = scopes
        .iter()
        .map(|scope| format!("<li><code>{}</code> <span>{}</span></li>\n", escape(scope), meaning(scope)))
        .collect();
    format!("<h2>Scopes it asks for</h2>\n<ul>\n{items}</ul>")
}

/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes>
fn meaning(scope: &str) -> &'static str {
    match scope {
        "read:user" => "read your profile",
        "user:email" => "read your email addresses",
        "read:org" => "read your organizations, their projects and teams",
        "repo" => "read and write your public and private repositories",
        "public_repo" => "read and write your public repositories",
        "admin:repo_hook" => "read, write and delete repository webhooks",
        _ => "",
    }
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    page::page(status, title, body, NOTICE)
}
