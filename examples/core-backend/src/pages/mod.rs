//! The pages: server-rendered, with htmx for what needs no whole page.

mod accounts;
mod activity;
mod ago;
mod integrations;
mod kinds;
mod layout;
mod login;
mod news;
mod visitor;

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::html;

use crate::Core;

/// The pages' routes.
pub(crate) fn routes() -> Router<Core> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/activity") }))
        .route("/login", get(login::page).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/integrations", get(integrations::page))
        .route("/integrations/{provider}/connect", post(integrations::connect))
        .route("/accounts", get(accounts::page))
        .route("/accounts/{id}/disconnect", post(accounts::disconnect))
        .route("/activity", get(activity::page))
        .route("/activity/more", get(activity::more))
        .route("/activity/news", get(news::news))
        .route("/activity/above", get(news::above))
}

/// Style, script and icon: the same for everybody.
pub(crate) fn assets() -> Router<Core> {
    let file = |media_type: &'static str, text: &'static str| {
        get(
            move || async move { ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "max-age=3600")], text) },
        )
    };
    Router::new()
        .route("/static/style.css", file("text/css; charset=utf-8", include_str!("../../static/style.css")))
        .route("/static/htmx.min.js", file("text/javascript", include_str!("../../static/htmx.min.js")))
        .route("/static/icon.svg", file("image/svg+xml", include_str!("../../static/icon.svg")))
}

/// The page for an address that is none.
pub(crate) async fn not_found() -> Response {
    let content = html! {
        h1 { "There is no such page" }
        p { a class="button" href="/" { "To the activity" } }
    };
    (StatusCode::NOT_FOUND, layout::bare("Not found", &content)).into_response()
}
