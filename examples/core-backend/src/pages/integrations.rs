//! "Integrations": what can be connected.

use axum::{
    extract::{Path, RawQuery, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{
    layout,
    visitor::{PageFailure, Visitor, problem},
};
use crate::{Core, failure::Failure, integrations, oauth};

const HERE: &str = "/integrations";

/// What the callback has to say, by the query that it redirects with.
const NOTICES: [(&str, &str); 4] = [
    ("declined", "Nothing was connected: the request was declined there."),
    ("start-again", "That link was too old, or not yours. Please connect again."),
    ("later", "The provider does not answer right now. Please try again in a moment."),
    ("failed", "That did not work. Please connect again."),
];

pub(super) async fn page(State(core): State<Core>, Visitor(member): Visitor, RawQuery(query): RawQuery) -> Markup {
    let notice = NOTICES.iter().find(|(name, _)| query.as_deref() == Some(*name));
    let content = html! {
        h1 { "Integrations" }
        @if let Some((_, notice)) = notice {
            div class="notice" role="status" { p { (notice) } }
        }
        @match integrations::list(&core.connectors).await {
            Ok(integrations) if integrations.is_empty() => {
                p class="empty" { "Nothing can be connected here yet. Whoever runs Poblysh has to set up a provider first." }
            }
            Ok(integrations) => ul class="cards" {
                @for integration in integrations {
                    li {
                        h2 { (integration.name) }
                        form method="post" action={ "/integrations/" (integration.provider) "/connect" } {
                            button aria-label={ "Connect " (integration.name) } { "Connect" }
                        }
                    }
                }
            },
            Err(error) => (problem(&Failure::from(error))),
        }
    };
    layout::page(member.member.user, HERE, "Integrations", &content)
}

/// To the provider.
pub(super) async fn connect(Visitor(member): Visitor, Path(provider): Path<String>) -> Result<Redirect, PageFailure> {
    Ok(Redirect::to(&oauth::start(&member, &provider).await?))
}
