//! "Activity": the timeline.

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use connectors_client::Provider;
use maud::{Markup, html};

use super::{
    ago::ago,
    layout,
    visitor::{PageFailure, Visitor, problem},
};
use crate::{
    Core,
    activity::{self, Filter, Item, Timeline},
    failure::Failure,
    session::TenantMember,
};

const HERE: &str = "/activity";

/// The page; for htmx, the part of it that a filter changes.
pub(super) async fn page(
    State(core): State<Core>,
    Visitor(member): Visitor,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Markup {
    let timeline = timeline(&member, &filter).await;
    if headers.contains_key("hx-request") {
        return timeline;
    }
    let providers = core.connectors.providers().await.unwrap_or_default();
    let content = html! {
        h1 { "Activity" }
        (filters(&filter, &providers))
        div id="timeline" { (timeline) }
    };
    layout::page(member.member.user, HERE, "Activity", &content)
}

/// The lines that follow, for "load more".
pub(super) async fn more(Visitor(member): Visitor, Query(filter): Query<Filter>) -> Result<Response, PageFailure> {
    let timeline = activity::page(&member, &filter).await?;
    Ok(lines(&timeline, &filter).into_response())
}

fn filters(filter: &Filter, providers: &[Provider]) -> Markup {
    let mut kinds: Vec<&str> =
        providers.iter().flat_map(|provider| &provider.signal_kinds).map(|kind| kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    html! {
        form class="filters" action=(HERE) hx-get=(HERE) hx-target="#timeline" hx-trigger="change" hx-push-url="true" {
            label { "From"
                select name="provider" {
                    option value="" { "everywhere" }
                    @for provider in providers.iter().filter(|provider| provider.available) {
                        option value=(provider.name) selected[provider.name == filter.provider] { (provider.display_name) }
                    }
                }
            }
            label { "What"
                select name="kind" {
                    option value="" { "everything" }
                    @for kind in kinds {
                        option value=(kind) selected[kind == filter.kind] { (words(kind)) }
                    }
                }
            }
            noscript { button { "Show" } }
        }
    }
}

async fn timeline(member: &TenantMember, filter: &Filter) -> Markup {
    match activity::page(member, filter).await {
        Ok(timeline) if timeline.items.is_empty() && timeline.next_cursor.is_none() => empty(filter),
        Ok(timeline) => html! {
            p class="faint" role="status" { (status(&timeline)) }
            ol class="timeline" { (lines(&timeline, filter)) }
        },
        Err(error) => problem(&Failure::from(error)),
    }
}

fn status(timeline: &Timeline) -> String {
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

/// Lines, and the button for those after them.
fn lines(timeline: &Timeline, filter: &Filter) -> Markup {
    let now = Utc::now();
    html! {
        @for item in &timeline.items {
            li { (line(item)) span class="faint when" { (ago(item.occurred_at, now)) } }
        }
        @if let Some(cursor) = &timeline.next_cursor {
            @let query = query(filter, cursor);
            li class="more" {
                a class="button" href={ (HERE) "?" (query) } hx-get={ (HERE) "/more?" (query) } hx-target="closest li" hx-swap="outerHTML" {
                    "Load more"
                }
            }
        }
    }
}

fn line(item: &Item) -> Markup {
    html! {
        span class="kind" { (words(&item.kind)) }
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

/// A kind as people read it: `pr_opened` as "pr opened".
fn words(kind: &str) -> String {
    kind.replace('_', " ")
}

fn query(filter: &Filter, cursor: &str) -> String {
    // Slugs, kinds and cursors are URL-safe, but what came from an address need not be one.
    let pairs = [("provider", filter.provider.as_str()), ("kind", filter.kind.as_str()), ("cursor", cursor)];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
