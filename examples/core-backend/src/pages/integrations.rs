//! "Integrations": what can be connected.

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Redirect,
};
use maud::{Markup, html};

use super::{
    layout,
    visitor::{PageFailure, Visitor, problem},
};
use crate::{
    Core,
    failure::Failure,
    integrations::{self, Integration},
    oauth,
};

const HERE: &str = "/integrations";

/// What the callback has to say, by the query that it redirects with.
const NOTICES: [(&str, &str); 4] = [
    ("declined", "Nothing was connected: the request was declined there."),
    ("start-again", "That link was too old, or not yours. Please connect again."),
    ("later", "The provider does not answer right now. Please try again in a moment."),
    ("failed", "That did not work. Please connect again."),
];

pub(super) async fn page(
    State(core): State<Core>,
    Visitor(member): Visitor,
    RawQuery(query): RawQuery,
) -> (StatusCode, Markup) {
    let (status, integrations) = match integrations::list(&core.connectors).await {
        Ok(integrations) => (StatusCode::OK, cards(&integrations)),
        Err(error) => problem(&Failure::from(error)),
    };
    let content = html! {
        h1 { "Integrations" }
        @if let Some((_, notice)) = NOTICES.iter().find(|(name, _)| query.as_deref() == Some(*name)) {
            div class="notice warn" role="status" { p { (notice) } }
        }
        (integrations)
    };
    (status, layout::page(member.member.user, HERE, "Integrations", &content))
}

fn cards(integrations: &[Integration]) -> Markup {
    html! {
        @if integrations.is_empty() {
            div class="empty" {
                p { "Nothing can be connected here yet." }
                p { "Whoever runs Poblysh has to set up a provider first." }
            }
        } @else {
            p class="lead" { "Connect an account, and what happens there shows in your activity." }
            ul class="cards" {
                @for integration in integrations {
                    li {
                        (layout::initial(&integration.name))
                        h2 class="what" { (integration.name) }
                        form method="post" action={ (HERE) "/" (integration.provider) "/connect" } {
                            button aria-label={ "Connect " (integration.name) } { "Connect" }
                        }
                    }
                }
            }
        }
    }
}

/// To the provider.
pub(super) async fn connect(Visitor(member): Visitor, Path(provider): Path<String>) -> Result<Redirect, PageFailure> {
    Ok(Redirect::to(&oauth::start(&member, &provider).await?))
}
