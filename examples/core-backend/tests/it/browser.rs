//! The pages in a real browser: the whole of "Connect GitHub", the same against the service and against the mock.
//!
//! With `PICTURES=<folder>` each page that is looked at is left there as pictures.

use std::{path::PathBuf, time::Duration};

use browser::{
    Browser, Scheme, Screen,
    fantoccini::{Locator, elements::Element, key::Key},
};
use connectors_examples::{
    backend::{Against, Backend},
    demo::Demo,
};
use connectors_mock::{Fault, Operation};
use serde_json::Value;
use url::Url;

use crate::site::{ADA, all_happens_now, an_issue_is_opened, demo, github_delivers};

/// A browser at Core's pages.
struct Visit {
    browser: Browser,
    demo: Demo,
    against: Against,
}

impl Visit {
    async fn begin(against: Against) -> Self {
        let visit =
            Self { browser: Browser::start().await.expect("the browser starts"), demo: demo(against).await, against };
        visit.goes_to("/").await;
        visit
    }

    async fn end(self) {
        self.browser.close().await.expect("the browser ends");
    }

    async fn goes_to(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.demo.url)).await.expect("the page loads");
    }

    /// Waits until there is such an element.
    async fn sees(&self, css: &str) -> Element {
        let found = self.browser.client().wait().for_element(Locator::Css(css)).await;
        match found {
            Ok(found) => found,
            Err(error) => panic!("no {css} ({error}) at {}", self.here().await),
        }
    }

    async fn count(&self, css: &str) -> usize {
        self.browser.client().find_all(Locator::Css(css)).await.expect("it can be looked for").len()
    }

    async fn presses(&self, css: &str) {
        self.sees(css).await.click().await.expect("it can be clicked");
    }

    async fn types(&self, css: &str, text: &str) {
        self.sees(css).await.send_keys(text).await.expect("it can be typed into");
    }

    async fn reads(&self, css: &str) -> String {
        self.sees(css).await.text().await.expect("its text")
    }

    async fn chooses(&self, select: &str, value: &str) {
        self.sees(select).await.select_by_value(value).await.expect("there is such an option");
    }

    async fn runs(&self, script: &str) -> Value {
        self.browser.client().execute(script, Vec::new()).await.expect("the script runs")
    }

    async fn here(&self) -> Url {
        self.browser.client().current_url().await.expect("an address")
    }

    async fn logs_in(&self, login: &str, password: &str) {
        self.goes_to("/login").await;
        self.types("input[name=login]", login).await;
        self.types("input[name=password]", password).await;
        self.presses("main button").await;
    }

    /// Goes to GitHub's consent page; its address.
    async fn begins_to_connect(&self) -> Url {
        self.goes_to("/integrations").await;
        self.presses("[aria-label='Connect GitHub']").await;
        self.sees("form [name=decision]").await;
        self.here().await
    }

    /// Where the consent page leads whoever approves; nobody has gone there yet.
    async fn callback(&self) -> Url {
        let authorize_url = self.begins_to_connect().await;
        self.demo.backend.approve(&authorize_url).await.expect("GitHub redirects")
    }

    async fn follows(&self, url: &Url) {
        self.browser.goto(url.as_str()).await.expect("the page loads");
    }

    /// The page on both screens and in both colours.
    async fn looks_at(&self, name: &str) {
        for screen in Screen::ALL {
            for scheme in Scheme::ALL {
                self.finds_nothing_amiss(name, screen, scheme).await;
            }
        }
        self.browser.show(Screen::Desktop, Scheme::Light).await.expect("it can be shown");
    }

    /// A state of a page that differs in little from one that was looked at.
    async fn glances_at(&self, name: &str) {
        self.finds_nothing_amiss(name, Screen::Phone, Scheme::Dark).await;
        self.finds_nothing_amiss(name, Screen::Desktop, Scheme::Light).await;
    }

    /// No rule of accessibility is broken, and nothing is wider than the screen.
    async fn finds_nothing_amiss(&self, name: &str, screen: Screen, scheme: Scheme) {
        self.browser.show(screen, scheme).await.expect("it can be shown");
        let seen = format!("{name} {screen:?} {scheme:?}");
        assert_eq!(self.browser.axe().await.expect("axe runs"), [], "{seen}");
        // A phone zooms out until all fits: the window's own width tells nothing.
        let width = if screen == Screen::Phone { 390 } else { 1280 };
        let taken = self.runs("return document.documentElement.scrollWidth").await;
        assert!(taken.as_u64() <= Some(width), "{seen} scrolls sideways: {taken}");
        if let Some(folder) = std::env::var_os("PICTURES") {
            let file = format!("{name}-{:?}-{screen:?}-{scheme:?}.png", self.against).to_lowercase();
            self.browser.screenshot(&PathBuf::from(folder).join(file)).await.expect("the picture is written");
        }
    }

    /// Since the last time the console showed no error, nothing was asked of another machine, and no answer was an error.
    async fn was_clean(&self) {
        let noticed = self.browser.noticed().await.expect("the log");
        assert!(noticed.is_clean(), "{noticed}");
    }

    /// As before, but for pages that were answered with this status.
    async fn was_clean_but_for(&self, status: u16) {
        let noticed = self.browser.noticed().await.expect("the log");
        assert!(!noticed.failed.is_empty() && noticed.off_machine.is_empty(), "{noticed}");
        assert!(noticed.failed.iter().all(|line| line.ends_with(&format!("status {status}"))), "{noticed}");
        assert!(noticed.console_errors.iter().all(|line| line.contains(&status.to_string())), "{noticed}");
    }
}

#[tokio::test]
async fn connect_github_in_a_browser_against_the_service() {
    connect_github(Against::Service).await;
}

#[tokio::test]
async fn connect_github_in_a_browser_against_the_mock() {
    connect_github(Against::Mock).await;
}

async fn connect_github(against: Against) {
    let visit = Visit::begin(against).await;
    logs_in_and_finds_nothing_yet(&visit).await;
    connects(&visit).await;
    reads_the_timeline(&visit).await;
    hears_what_comes_in(&visit).await;
    declines_reloads_and_tampers(&visit).await;
    is_another_tenant(&visit).await;
    disconnects(&visit).await;
    if against == Against::Mock {
        meets_failures(&visit).await;
    }
    visit.end().await;
}

async fn logs_in_and_finds_nothing_yet(visit: &Visit) {
    assert_eq!(visit.here().await.path(), "/login");
    visit.looks_at("log-in").await;
    visit.was_clean().await;

    visit.logs_in("ada", "wrong").await;
    assert_eq!(visit.reads("[role=alert]").await, "There is no such user with that password.");
    visit.glances_at("log-in-refused").await;
    visit.was_clean_but_for(403).await;

    visit.logs_in("ada", "demo").await;
    assert_eq!(visit.reads("nav [aria-current]").await, "Activity");
    assert!(visit.reads(".empty").await.contains("Nothing has happened yet."));
    visit.looks_at("activity-empty").await;

    // By the keyboard: the first stop leads past the navigation.
    visit.runs("document.activeElement.blur()").await;
    let body = visit.sees("body").await;
    body.send_keys(&Key::Tab.to_string()).await.expect("a key");
    assert_eq!(visit.runs("return document.activeElement.className").await, "skip");
    visit.sees(".skip").await.send_keys(&Key::Enter.to_string()).await.expect("a key");
    assert_eq!(visit.runs("return document.activeElement.id").await, "content");

    visit.goes_to("/accounts").await;
    assert!(visit.reads(".empty").await.contains("No account is connected."));
    visit.looks_at("accounts-empty").await;
    visit.was_clean().await;
}

async fn connects(visit: &Visit) {
    visit.goes_to("/integrations").await;
    visit.looks_at("integrations").await;
    visit.begins_to_connect().await;
    visit.presses("[name=decision]:is([value=authorize], [value=approve])").await;
    assert_eq!(visit.reads(".notice.good").await, "The account is connected.");
    assert_eq!(visit.here().await.as_str(), format!("{}/accounts?connected", visit.demo.url));
    assert_eq!(visit.reads(".cards h2").await, "Codertocat");
    assert_eq!(visit.reads(".cards .faint").await, "GitHub, connected by Ada");
    visit.looks_at("accounts").await;
    visit.was_clean().await;
}

async fn reads_the_timeline(visit: &Visit) {
    github_delivers(&visit.demo, ADA).await;
    all_happens_now(&visit.demo, ADA).await;
    visit.goes_to("/activity").await;
    assert_eq!(visit.count("#lines .title").await, 25);
    visit.looks_at("activity").await;

    visit.presses(".more a").await;
    visit.sees("#lines li:nth-child(26) .title").await;
    assert_eq!(visit.count(".more").await, 0);
    let all = visit.count("#lines .title").await;
    assert_eq!(
        visit.runs("return document.activeElement == document.querySelector('#lines').children[25]").await,
        true
    );

    visit.chooses("[name=kind]", "issue_created").await;
    visit.sees("#timeline:not(:has(.change)) .issue").await;
    let issues = visit.count("#lines .title").await;
    assert!(0 < issues && issues < all, "{issues} of {all}");
    assert_eq!(visit.count("#lines .issue").await, issues);
    assert_eq!(visit.here().await.query(), Some("provider=&kind=issue_created"));
    assert!(visit.reads("#lines .kind").await.contains("Issue opened"));
    visit.chooses("[name=kind]", "pr_reopened").await;
    visit.sees("#timeline:not(:has(.issue)) .change").await;

    // The address is the page's, filter included, and the browser's history is made of whole pages.
    visit.browser.client().back().await.expect("there is a page before");
    visit.sees("header nav").await;
    visit.sees("#timeline:not(:has(.change)) .issue").await;
    assert_eq!(visit.runs("return document.querySelector('[name=kind]').value").await, "issue_created");
    visit.was_clean().await;

    visit.goes_to("/activity?provider=github&kind=message_posted").await;
    assert!(visit.reads(".empty").await.contains("Nothing like that has happened."));
    visit.glances_at("activity-nothing-like-that").await;
    visit.was_clean().await;
}

async fn hears_what_comes_in(visit: &Visit) {
    visit.goes_to("/activity").await;
    visit.presses(".more a").await;
    visit.sees("#lines li:nth-child(26) .title").await;
    let before = visit.count("#lines .title").await;

    an_issue_is_opened(&visit.demo, ADA).await;
    assert_eq!(visit.reads("#news[role=status] button").await, "1 new signal");
    assert_eq!(visit.count("#lines .title").await, before);
    visit.glances_at("activity-news").await;
    visit.presses("#show-news").await;
    visit.sees("#news:not(:has(button))").await;
    assert_eq!(visit.count("#lines .title").await, before + 1);
    assert_eq!(visit.reads("#lines li:first-child .when").await, "just now");
    assert_eq!(visit.runs("return document.activeElement == document.querySelector('#lines li')").await, true);

    an_issue_is_opened(&visit.demo, ADA).await;
    assert_eq!(visit.reads("#show-news").await, "1 new signal");
    visit.was_clean().await;
}

async fn declines_reloads_and_tampers(visit: &Visit) {
    visit.begins_to_connect().await;
    visit.presses("[name=decision]:is([value=cancel], [value=deny])").await;
    assert!(visit.reads(".notice").await.contains("the request was declined"));
    visit.glances_at("integrations-declined").await;

    let callback = visit.callback().await;
    for _ in 0..2 {
        visit.follows(&callback).await;
        assert_eq!(visit.reads(".notice.good").await, "The account is connected.");
        assert_eq!(visit.count(".cards li").await, 1);
    }

    let callback = visit.callback().await;
    let tampered = callback.as_str().replace("state=", "state=x");
    visit.follows(&tampered.parse().expect("a URL")).await;
    assert!(visit.reads(".notice").await.contains("too old, or not yours"));
    visit.was_clean().await;
}

async fn is_another_tenant(visit: &Visit) {
    let adas = visit.callback().await;
    visit.goes_to("/accounts").await;
    visit.presses(".who button").await;
    visit.sees("input[name=login]").await;
    visit.follows(&adas).await;
    assert_eq!(visit.here().await.path(), "/login");

    visit.logs_in("grace", "demo").await;
    assert!(visit.reads(".who").await.contains("Globex"));
    assert!(visit.reads(".empty").await.contains("Nothing has happened yet."));
    visit.follows(&adas).await;
    assert!(visit.reads(".notice").await.contains("too old, or not yours"));
    visit.goes_to("/accounts").await;
    assert!(visit.reads(".empty").await.contains("No account is connected."));
    visit.was_clean().await;
}

async fn disconnects(visit: &Visit) {
    visit.presses(".who button").await;
    visit.sees("input[name=login]").await;
    visit.logs_in("ada", "demo").await;
    visit.sees("#lines").await;
    visit.goes_to("/accounts").await;
    visit.presses("[aria-label='Disconnect Codertocat']").await;
    assert_eq!(visit.reads(".notice").await, "The account is disconnected.");
    assert!(visit.reads(".empty").await.contains("No account is connected."));
    // What has happened stays.
    visit.goes_to("/activity").await;
    assert_eq!(visit.count("#lines .title").await, 25);
    visit.was_clean().await;
}

async fn meets_failures(visit: &Visit) {
    let Backend::Mock(mock) = &visit.demo.backend else { unreachable!("it was asked for") };
    for (operation, path) in [
        (Operation::ListSignals, "/activity"),
        (Operation::ListConnections, "/accounts"),
        (Operation::ListProviders, "/integrations"),
    ] {
        // Longer than the client would wait.
        mock.on(operation).fail_next(1, Fault::unavailable(Duration::from_secs(600)));
        visit.goes_to(path).await;
        assert!(visit.reads("[role=alert]").await.contains("It may work again in 10 minutes."));
        visit.looks_at(&format!("{}-failed", path.trim_start_matches('/'))).await;
        visit.was_clean_but_for(503).await;
    }
    visit.goes_to("/no-such-page").await;
    visit.glances_at("no-such-page").await;
    visit.was_clean_but_for(404).await;

    // "Load more" tells of a failure in its place, and can be pressed again.
    visit.goes_to("/activity").await;
    mock.on(Operation::ListSignals).fail_next(1, Fault::internal_error());
    visit.presses(".more a").await;
    assert!(visit.reads(".more [role=alert]").await.contains("Something went wrong"));
    visit.glances_at("activity-more-failed").await;
    visit.presses(".more a").await;
    visit.sees("#lines li:nth-child(26) .title").await;
    visit.was_clean_but_for(502).await;

    // Whoever is logged out elsewhere is led to the log-in, and does not find it inside the page.
    visit.goes_to("/activity").await;
    visit.browser.client().delete_all_cookies().await.expect("the cookies");
    visit.chooses("[name=kind]", "issue_created").await;
    visit.sees("input[name=login]").await;
    assert_eq!(visit.here().await.path(), "/login");
    visit.was_clean_but_for(401).await;
}
