//! "Connected accounts".

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Redirect,
};
use connectors_client::Provider;
use maud::{Markup, html};

use super::{
    layout,
    visitor::{PageFailure, Visitor, problem},
};
use crate::{
    Core,
    accounts::{self, Account},
    failure::Failure,
};

const HERE: &str = "/accounts";

pub(super) async fn page(
    State(core): State<Core>,
    Visitor(member): Visitor,
    RawQuery(query): RawQuery,
) -> (StatusCode, Markup) {
    let (status, accounts) = match accounts::list(&core, &member).await {
        Ok(accounts) => (StatusCode::OK, cards(&accounts, &core.connectors.providers().await.unwrap_or_default())),
        Err(error) => problem(&Failure::from(error)),
    };
    let content = html! {
        h1 { "Connected accounts" }
        @match query.as_deref() {
            Some("connected") => div class="notice good" role="status" { p { "The account is connected." } },
            Some("disconnected") => div class="notice" role="status" { p { "The account is disconnected." } },
            _ => {}
        }
        (accounts)
    };
    (status, layout::page(member.member.user, HERE, "Connected accounts", &content))
}

fn cards(accounts: &[Account], providers: &[Provider]) -> Markup {
    html! {
        @if accounts.is_empty() {
            div class="empty" {
                p { "No account is connected." }
                p { a class="button" href="/integrations" { "Connect one" } }
            }
        } @else {
            ul class="cards" {
                @for account in accounts {
                    @let provider = providers.iter().find(|provider| provider.name == account.provider);
                    (card(account, provider.map_or(&account.provider, |provider| &provider.display_name)))
                }
            }
        }
    }
}

fn card(account: &Account, provider: &str) -> Markup {
    html! {
        li {
            (layout::initial(&account.name))
            div class="what" {
                h2 {
                    @match &account.url {
                        Some(url) => a href=(url) rel="noreferrer" { (account.name) },
                        None => (account.name),
                    }
                }
                p class="faint" {
                    (provider)
                    @if let Some(who) = account.connected_by { ", connected by " (who) }
                }
            }
            @if account.must_reconnect {
                p class="badge bad" { (provider) " refuses our access" }
                form method="post" action={ "/integrations/" (account.provider) "/connect" } {
                    button aria-label={ "Reconnect " (account.name) } { "Reconnect" }
                }
            } @else {
                p class="badge good" { "Connected" }
            }
            form method="post" action={ (HERE) "/" (account.id) "/disconnect" } {
                button class="quiet" aria-label={ "Disconnect " (account.name) } { "Disconnect" }
            }
        }
    }
}

pub(super) async fn disconnect(
    State(core): State<Core>,
    Visitor(member): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, PageFailure> {
    accounts::disconnect(&core, &member, id.parse().map_err(|_| Failure::not_here())?).await?;
    Ok(Redirect::to("/accounts?disconnected"))
}
