//! Who looks at a page, and what becomes of a failure there.

use std::time::Duration;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::layout;
use crate::{Core, failure::Failure, session::TenantMember};

/// Somebody who is logged in; anybody else is sent to the log-in.
#[derive(Debug)]
pub(super) struct Visitor(pub(super) TenantMember);

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Core: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match TenantMember::from_request_parts(parts, state).await {
            Ok(member) => Ok(Self(member)),
            // A redirect would be followed by htmx, and the log-in be shown inside the page.
            Err(failure) if failure.status == StatusCode::UNAUTHORIZED && is_fragment(&parts.headers) => {
                Err((StatusCode::UNAUTHORIZED, [("hx-redirect", "/login")]).into_response())
            }
            Err(failure) => Err(PageFailure::from(failure).into_response()),
        }
    }
}

/// Whether htmx asks for a part of a page.
pub(super) fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// A failure as a page.
#[derive(Debug)]
pub(super) struct PageFailure(Failure);

impl<F: Into<Failure>> From<F> for PageFailure {
    fn from(failure: F) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for PageFailure {
    fn into_response(self) -> Response {
        if self.0.status == StatusCode::UNAUTHORIZED {
            return Redirect::to("/login").into_response();
        }
        let (status, problem) = problem(&self.0);
        let content = html! {
            h1 { "That did not work" }
            (problem)
            p { a class="button" href="/" { "To the activity" } }
        };
        (status, layout::bare("That did not work", &content)).into_response()
    }
}

/// The sentence, and what to tell support.
pub(super) fn problem(failure: &Failure) -> (StatusCode, Markup) {
    let markup = html! {
        div class="notice bad" role="alert" {
            p { (failure.message) }
            @if let Some(wait) = failure.retry_after {
                p { "It may work again in " (span(wait)) "." }
            }
            @if let Some(reference) = &failure.reference {
                p class="faint" { "If it goes on, tell support this reference: " code { (reference) } }
            }
        }
    };
    (failure.status, markup)
}

fn span(wait: Duration) -> String {
    match wait.as_secs() {
        0..=1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
