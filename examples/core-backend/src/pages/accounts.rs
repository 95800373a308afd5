//! "Connected accounts".

use axum::{
    extract::{Path, RawQuery, State},
    response::Redirect,
};
use connectors_client::ConnectionId;
use maud::{Markup, html};
use uuid::Uuid;

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

pub(super) async fn page(State(core): State<Core>, Visitor(member): Visitor, RawQuery(query): RawQuery) -> Markup {
    let content = html! {
        h1 { "Connected accounts" }
        @match query.as_deref() {
            Some("connected") => div class="notice good" role="status" { p { "The account is connected." } },
            Some("disconnected") => div class="notice" role="status" { p { "The account is disconnected." } },
            _ => {}
        }
        @match accounts::list(&core, &member).await {
            Ok(accounts) if accounts.is_empty() => div class="empty" {
                p { "No account is connected." }
                p { a class="button" href="/integrations" { "Connect one" } }
            },
            Ok(accounts) => ul class="cards" { @for account in &accounts { (card(account)) } },
            Err(error) => (problem(&Failure::from(error))),
        }
    };
    layout::page(member.member.user, HERE, "Connected accounts", &content)
}

fn card(account: &Account) -> Markup {
    html! {
        li {
            h2 {
                @match &account.url {
                    Some(url) => a href=(url) rel="noreferrer" { (account.name) },
                    None => (account.name),
                }
            }
            p class="faint" {
                (account.provider)
                @if let Some(who) = account.connected_by { ", connected by " (who) }
            }
            @if account.must_reconnect {
                p class="bad" { (account.provider) " takes our access no longer." }
                form method="post" action={ "/integrations/" (account.provider) "/connect" } {
                    button aria-label={ "Reconnect " (account.name) } { "Reconnect" }
                }
            }
            form method="post" action={ "/accounts/" (account.id) "/disconnect" } {
                button class="quiet" aria-label={ "Disconnect " (account.name) } { "Disconnect" }
            }
        }
    }
}

pub(super) async fn disconnect(
    State(core): State<Core>,
    Visitor(member): Visitor,
    Path(id): Path<Uuid>,
) -> Result<Redirect, PageFailure> {
    accounts::disconnect(&core, &member, ConnectionId::from(id)).await?;
    Ok(Redirect::to("/accounts?disconnected"))
}
