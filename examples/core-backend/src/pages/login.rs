//! Logging in and out.

use axum::{
    Form,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use tower_sessions::Session;

use super::{layout, visitor::PageFailure};
use crate::{
    session,
    users::{PASSWORD, USERS, User},
};

pub(super) async fn page() -> Markup {
    form("", false)
}

#[derive(Deserialize)]
pub(super) struct LogIn {
    login: String,
    password: String,
}

pub(super) async fn log_in(session: Session, Form(given): Form<LogIn>) -> Result<Response, PageFailure> {
    match User::find(&given.login).filter(|_| given.password == PASSWORD) {
        Some(user) => {
            session::log_in(&session, user).await?;
            Ok(Redirect::to("/activity").into_response())
        }
        None => Ok((StatusCode::FORBIDDEN, form(&given.login, true)).into_response()),
    }
}

pub(super) async fn log_out(session: Session) -> Result<Redirect, PageFailure> {
    session::log_out(&session).await?;
    Ok(Redirect::to("/login"))
}

fn form(login: &str, is_refused: bool) -> Markup {
    let content = html! {
        div class="panel" {
        h1 { "Log in" }
        @if is_refused {
            div class="notice bad" role="alert" { p { "There is no such user with that password." } }
        }
        form method="post" action="/login" class="stack" {
            label { "User" input name="login" value=(login) autocomplete="username" required autofocus; }
            label { "Password" input name="password" type="password" autocomplete="current-password" required; }
            button { "Log in" }
        }
        p class="faint" {
            "This is an example. "
            @for (index, user) in USERS.iter().enumerate() {
                @if index > 0 { " and " }
                code { (user.login) } " works for " (user.company)
            }
            ". The password of both is " code { (PASSWORD) } "."
        }
        }
    };
    layout::bare("Log in", &content)
}
