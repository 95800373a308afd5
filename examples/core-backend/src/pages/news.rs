//! "3 new signals": the timeline moves when its reader wants it to.

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use connectors_client::SignalId;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    activity::{HERE, lines, query},
    visitor::Visitor,
};
use crate::{
    activity::{self, Filter},
    failure::Failure,
};

/// What a page shows already.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    /// Its newest line.
    top: Option<SignalId>,
    /// As many as it says are new.
    #[serde(default)]
    said: String,
}

/// Asks now and then whether something has come in.
pub(super) fn watch(filter: &Filter, top: Option<SignalId>, is_renewed: bool) -> Markup {
    html! {
        div id="news" role="status" hx-get={ (HERE) "/news?" (since(filter, top)) } hx-trigger="every 3s"
            hx-include="find input" hx-disinherit="hx-include" hx-swap-oob=[is_renewed.then_some("true")] { (said("")) }
    }
}

/// The button, if something has come in. As long as it would say the same it stays untouched, so that it keeps the focus and is
/// not read out again.
pub(super) async fn news(
    Visitor(member): Visitor,
    Query(seen): Query<Seen>,
    filter: Filter,
) -> Result<Response, Failure> {
    let Ok(new) = activity::above(&member, &filter, seen.top).await else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let said = match new.as_deref() {
        Some([]) => String::new(),
        Some([_]) => "1 new signal".to_owned(),
        Some(items) => format!("{} new signals", items.len()),
        None => "Many new signals".to_owned(),
    };
    if said == seen.said {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let all = query(&filter, None);
    let button = html! {
        (self::said(&said))
        @if new.is_some() && seen.top.is_some() {
            button id="show-news" hx-get={ (HERE) "/above?" (since(&filter, seen.top)) } hx-target="#lines"
                hx-swap="afterbegin" { (said) }
        } @else {
            a class="button" id="show-news" href={ (HERE) "?" (all) } { (said) }
        }
    };
    Ok(button.into_response())
}

/// The new lines, and the question after those above them. Where that can't be, the page as a whole is loaded anew: it shows the
/// newest, or what went wrong.
pub(super) async fn above(
    Visitor(member): Visitor,
    Query(seen): Query<Seen>,
    filter: Filter,
) -> Result<Response, Failure> {
    let Ok(Some(items)) = activity::above(&member, &filter, seen.top).await else {
        return Ok([("hx-refresh", "true")].into_response());
    };
    let top = items.first().map(|item| item.id).or(seen.top);
    Ok(html! { (lines(&items, true)) (watch(&filter, top, true)) }.into_response())
}

/// What the page says of it, for the next question.
fn said(words: &str) -> Markup {
    html! { input type="hidden" name="said" value=(words); }
}

fn since(filter: &Filter, top: Option<SignalId>) -> String {
    let top = top.map(|top| top.to_string());
    query(filter, top.as_deref().map(|top| ("top", top)))
}
