//! "Activity": the timeline.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::Utc;
use connectors_client::Provider;
use maud::{Markup, html};

use super::{
    ago::ago,
    kinds, layout, news,
    visitor::{PageFailure, Visitor, is_fragment, problem},
};
use crate::{
    Core,
    activity::{self, Filter, Item, Timeline},
    failure::Failure,
};

pub(super) const HERE: &str = "/activity";

/// The page; for htmx, the part of it that a filter changes.
pub(super) async fn page(
    State(core): State<Core>,
    Visitor(member): Visitor,
    filter: Result<Filter, Failure>,
    headers: HeaderMap,
) -> Result<(StatusCode, Markup), PageFailure> {
    let filter = filter?;
    let (status, timeline) = match activity::page(&member, &filter).await {
        Ok(timeline) => (StatusCode::OK, shown(&timeline, &filter)),
        Err(error) => problem(&Failure::from(error)),
    };
    if is_fragment(&headers) {
        return Ok((status, timeline));
    }
    let providers = core.connectors.providers().await.unwrap_or_default();
    let content = html! {
        h1 { "Activity" }
        (filters(&filter, &providers))
        div id="timeline" { (timeline) }
    };
    Ok((status, layout::page(member.member.user, HERE, "Activity", &content)))
}

/// The lines that follow, for "load more".
pub(super) async fn more(
    Visitor(member): Visitor,
    filter: Result<Filter, Failure>,
) -> Result<(StatusCode, Markup), PageFailure> {
    let filter = filter?;
    Ok(match activity::page(&member, &filter).await {
        Ok(timeline) => (StatusCode::OK, html! { (lines(&timeline.items, true)) (button(&timeline, &filter)) }),
        Err(error) => {
            let (status, problem) = problem(&Failure::from(error));
            (status, html! { li class="more" { (problem) (again(&filter, filter.cursor.as_deref(), "Try again")) } })
        }
    })
}

fn filters(filter: &Filter, providers: &[Provider]) -> Markup {
    let available = || providers.iter().filter(|provider| provider.available);
    let mut kinds: Vec<(String, &str)> = available()
        .flat_map(|provider| &provider.signal_kinds)
        .map(|kind| (kinds::words(kind.as_str()), kind.as_str()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    html! {
        form class="filters" action=(HERE) hx-get=(HERE) hx-target="#timeline" hx-trigger="change" hx-push-url="true" {
            label { "From"
                select name="provider" {
                    option value="" { "everywhere" }
                    @for provider in available() {
                        option value=(provider.name) selected[provider.name == filter.provider] { (provider.display_name) }
                    }
                }
            }
            label { "What"
                select name="kind" {
                    option value="" { "everything" }
                    @for (words, kind) in kinds {
                        option value=(kind) selected[kind == filter.kind] { (words) }
                    }
                }
            }
            noscript { button { "Show" } }
        }
    }
}

fn shown(timeline: &Timeline, filter: &Filter) -> Markup {
    html! {
        p class="unseen" role="status" { (count(timeline)) }
        // Older pages, as they are without scripts, do not begin with what is newest.
        @if filter.cursor.is_none() { (news::watch(filter, timeline.items.first().map(|item| item.id), false)) }
        @if timeline.items.is_empty() && timeline.next_cursor.is_none() {
            (empty(filter))
        } @else {
            ol class="timeline" id="lines" { (lines(&timeline.items, false)) (button(timeline, filter)) }
        }
    }
}

fn count(timeline: &Timeline) -> String {
    match (timeline.items.len(), &timeline.next_cursor) {
        (1, None) => "1 signal".to_owned(),
        (count, None) => format!("{count} signals"),
        (count, Some(_)) => format!("The newest {count} signals"),
    }
}

fn empty(filter: &Filter) -> Markup {
    html! {
        div class="empty" {
            @if filter.provider.is_empty() && filter.kind.is_empty() {
                p { "Nothing has happened yet." }
                p { a class="button" href="/integrations" { "Connect an account" } }
            } @else {
                p { "Nothing like that has happened." }
                p { a class="button" href=(HERE) { "Show everything" } }
            }
        }
    }
}

/// Lines; those that a button brought get the focus, which the button had.
pub(super) fn lines(items: &[Item], is_added: bool) -> Markup {
    let now = Utc::now();
    html! {
        @for (index, item) in items.iter().enumerate() {
            @let is_focused = is_added && index == 0;
            li class=(kinds::about(&item.kind)) tabindex=[is_focused.then_some("-1")] autofocus[is_focused] {
                span class="kind" { (kinds::words(&item.kind)) }
                span class="faint when" { (ago(item.occurred_at, now)) }
                span class="title" {
                    @match &item.url {
                        Some(url) => a href=(url) rel="noreferrer" { (item.title) },
                        None => (item.title),
                    }
                }
                span class="faint where" {
                    @if let Some(actor) = &item.actor { (actor) }
                    @if let Some(source) = &item.source { " in " (source) }
                }
            }
        }
    }
}

/// The button for the lines after these.
fn button(timeline: &Timeline, filter: &Filter) -> Markup {
    html! {
        @if let Some(cursor) = &timeline.next_cursor {
            li class="more" { (again(filter, Some(cursor), "Load more")) }
        }
    }
}

fn again(filter: &Filter, cursor: Option<&str>, words: &str) -> Markup {
    let query = query(filter, cursor.map(|cursor| ("cursor", cursor)));
    html! {
        a class="button quiet" href={ (HERE) "?" (query) } hx-get={ (HERE) "/more?" (query) } hx-target="closest li"
            hx-swap="outerHTML" { (words) }
    }
}

/// The filter as a query, with something more.
pub(super) fn query(filter: &Filter, more: Option<(&str, &str)>) -> String {
    let pairs = [("provider", filter.provider.as_str()), ("kind", filter.kind.as_str())].into_iter().chain(more);
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
