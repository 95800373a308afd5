//! What all pages have.

use maud::{DOCTYPE, Markup, html};

use crate::users::User;

/// The pages that the navigation leads to.
const PAGES: [(&str, &str); 3] =
    [("/activity", "Activity"), ("/accounts", "Accounts"), ("/integrations", "Integrations")];

/// Scripts come from files alone, and htmx adds no style of its own. It keeps no copy of a page, which would stay in the browser
/// after the log-out. A failure is shown where the answer would be; one without words leaves the page as it is.
const HTMX: &str = r#"{
    "allowEval": false, "includeIndicatorStyles": false, "historyCacheSize": 0, "refreshOnHistoryMiss": true,
    "responseHandling": [{"code": "204|401|504", "swap": false}, {"code": "...", "swap": true}]
}"#;

/// A page for somebody who is logged in.
pub(super) fn page(user: &User, here: &str, title: &str, content: &Markup) -> Markup {
    let bar = html! {
        nav aria-label="Pages" {
            @for (path, name) in PAGES {
                a href=(path) aria-current=[(path == here).then_some("page")] { (name) }
            }
        }
        form method="post" action="/logout" class="who" {
            span { strong { (user.name) } " " (user.company) }
            button class="quiet" { "Log out" }
        }
    };
    document(title, &bar, content)
}

/// A page for anybody.
pub(super) fn bare(title: &str, content: &Markup) -> Markup {
    document(title, &html! {}, content)
}

/// A letter in the place of a picture.
pub(super) fn initial(name: &str) -> Markup {
    html! { span class="initial" aria-hidden="true" { @if let Some(letter) = name.chars().next() { (letter) } } }
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
                header {
                    div class="bar" {
                        a class="brand" href="/" { img src="/static/icon.svg" alt="" width="28" height="28"; "Poblysh" }
                        (bar)
                    }
                }
                main id="content" tabindex="-1" { (content) }
            }
        }
    }
}
