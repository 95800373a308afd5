//! Logging in and out, and what other sites and other sessions can't do.

use reqwest::{Method, StatusCode};

use crate::{
    person::Person,
    site::{Site, demo},
};
use connectors_examples::backend::Against;

#[tokio::test]
async fn a_wrong_password_or_user_is_refused_and_begins_no_session() {
    let site = Site::against_nobody().await;
    for (login, password) in [("ada", "wrong"), ("nobody", "demo"), ("", ""), ("ada", "")] {
        let person = Person::at(&site.url);
        let answer = person.logs_in(login, password).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("There is no such user with that password."), "{}", answer.body);
        assert_eq!(person.cookie(), None);
    }
}

#[tokio::test]
async fn what_was_typed_as_a_login_comes_back_as_text() {
    let site = Site::against_nobody().await;
    let answer = Person::at(&site.url).logs_in("%22%3E%3Cscript%3E", "x").await;
    assert!(answer.body.contains("value=\"&quot;&gt;&lt;script&gt;\""), "{}", answer.body);
    assert!(!answer.body.contains("<script>"));
}

#[tokio::test]
async fn the_session_is_a_cookie_that_scripts_and_other_sites_forms_do_not_have() {
    let site = Site::against_nobody().await;
    let cookie = Person::at(&site.url).logs_in("ada", "demo").await.header("set-cookie").to_owned();
    for attribute in ["core_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn a_session_id_from_before_the_log_in_is_worth_nothing_after_it() {
    let demo = demo(Against::Mock).await;
    // Another session of one's own, whose id an attacker could have put into the victim's browser.
    let victim = Person::logged_in(&demo.url, "grace").await;
    let planted = victim.cookie();
    victim.logs_in("ada", "demo").await;
    assert_ne!(victim.cookie(), planted);
    assert_eq!(victim.get("/activity").await.status, StatusCode::OK);

    let attacker = Person::at(&demo.url);
    attacker.takes_cookie(planted);
    assert_eq!(attacker.get("/activity").await.location(), "/login");

    // One that Core never gave is not taken over either.
    let victim = Person::at(&demo.url);
    victim.takes_cookie(Some("core_session=AAAAAAAAAAAAAAAAAAAAAA".to_owned()));
    victim.logs_in("ada", "demo").await;
    assert_ne!(victim.cookie().as_deref(), Some("core_session=AAAAAAAAAAAAAAAAAAAAAA"));
}

#[tokio::test]
async fn after_the_log_out_the_cookie_is_worth_nothing() {
    let demo = demo(Against::Mock).await;
    let ada = Person::logged_in(&demo.url, "ada").await;
    let cookie = ada.cookie();
    assert_eq!(ada.post("/logout").await.location(), "/login");
    ada.takes_cookie(cookie);
    assert_eq!(ada.get("/accounts").await.location(), "/login");
}

#[tokio::test]
async fn who_is_not_logged_in_is_sent_to_the_log_in() {
    let site = Site::against_nobody().await;
    let nobody = Person::at(&site.url);
    for path in ["/activity", "/activity/more", "/activity/news", "/accounts", "/integrations"] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/login"), "{path}");
        // htmx would show the log-in inside the page.
        let answer = nobody.send(Method::GET, path, &[("hx-request", "true")], None).await;
        assert_eq!((answer.status, answer.header("hx-redirect")), (StatusCode::UNAUTHORIZED, "/login"), "{path}");
    }
    for path in ["/integrations/github/connect", "/accounts/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b/disconnect"] {
        assert_eq!(nobody.post(path).await.location(), "/login", "{path}");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let demo = demo(Against::Mock).await;
    let ada = Person::logged_in(&demo.url, "ada").await;
    let own = demo.url.as_str();
    let other_port = "http://127.0.0.1:1";
    let refused: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", own)],
        &[("origin", "https://attacker.example")],
        &[("origin", other_port)],
        &[("origin", "null")],
    ];
    for headers in refused {
        for path in ["/login", "/logout", "/integrations/github/connect", "/api/connectors/providers/github/authorize"]
        {
            let answer = ada.send(Method::POST, path, headers, None).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        let answer = ada.send(Method::DELETE, "/api/connectors/connections/x", headers, None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        // The provider's redirect, and links to Core, come from other sites.
        assert_eq!(ada.send(Method::GET, "/accounts", headers, None).await.status, StatusCode::OK, "{headers:?}");
    }
    let taken: &[&[(&str, &str)]] =
        &[&[], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")], &[("origin", own)]];
    for headers in taken {
        let answer = ada.send(Method::POST, "/integrations/github/connect", headers, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{headers:?}");
    }
}
