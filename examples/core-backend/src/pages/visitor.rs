//! Who looks at a page, and what becomes of a failure there.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::layout;
use crate::{Core, failure::Failure, session::TenantMember};

/// Somebody who is logged in; anybody else is sent to the log-in.
#[derive(Debug)]
pub(super) struct Visitor(pub(super) TenantMember);

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Core: FromRef<S>,
{
    type Rejection = PageFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageFailure> {
        Ok(Self(TenantMember::from_request_parts(parts, state).await?))
    }
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
        let failure = self.0;
        if failure.status == StatusCode::UNAUTHORIZED {
            return Redirect::to("/login").into_response();
        }
        let content = html! {
            h1 { "That did not work" }
            (problem(&failure))
            p { a class="button" href="" { "Try again" } }
        };
        (failure.status, layout::bare("That did not work", &content)).into_response()
    }
}

/// The sentence, and what to tell support.
pub(super) fn problem(failure: &Failure) -> maud::Markup {
    html! {
        div class="notice bad" role="alert" {
            p { (failure.message) }
            @if let Some(wait) = failure.retry_after {
                p { "Try again in " (wait.as_secs().max(1)) " seconds." }
            }
            @if let Some(reference) = &failure.reference {
                p class="faint" { "If it goes on, tell support this reference: " code { (reference) } }
            }
        }
    }
}
