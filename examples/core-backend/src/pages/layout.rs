//! What all pages have.

use maud::{DOCTYPE, Markup, html};

use crate::users::User;

/// The pages that the navigation leads to.
const PAGES: [(&str, &str); 3] =
    [("/activity", "Activity"), ("/accounts", "Connected accounts"), ("/integrations", "Integrations")];

/// Scripts come from files alone, and htmx adds no style of its own.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false}"#;

/// A page for somebody who is logged in.
pub(super) fn page(user: &User, here: &str, title: &str, content: &Markup) -> Markup {
    let bar = html! {
        nav aria-label="Pages" {
            @for (path, name) in PAGES {
                a href=(path) aria-current=[(path == here).then_some("page")] { (name) }
            }
        }
        form method="post" action="/logout" class="who" {
            span { (user.name) ", " (user.company) }
            button class="quiet" { "Log out" }
        }
    };
    document(title, &bar, content)
}

/// A page for anybody.
pub(super) fn bare(title: &str, content: &Markup) -> Markup {
    document(title, &html! {}, content)
}

fn document(title: &str, bar: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Poblysh" }
                link rel="icon" href="/static/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/static/style.css";
                script src="/static/htmx.min.js" defer {}
            }
            body {
                a class="skip" href="#content" { "To the content" }
                header { a class="brand" href="/" { "Poblysh" } (bar) }
                main id="content" tabindex="-1" { (content) }
            }
        }
    }
}
