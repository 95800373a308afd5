use std::time::Duration;

use connectors_examples::standin::github::{Endpoint, Failure};
use http::StatusCode;
use serde_json::Value;
use tokio::task;

use crate::support::{code, exchange, github, send_exchange, token, user, usual_exchange};

#[tokio::test]
async fn an_endpoint_fails_as_often_as_told_and_a_failed_exchange_leaves_the_code() {
    let github = github().await;
    let code = code(&github).await;
    github.fail_next(Endpoint::Token, 2, Failure::Status(503));

    for _ in 0..2 {
        let response = send_exchange(&github, &usual_exchange(&code)).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(exchange(&github, &usual_exchange(&code)).await["access_token"].is_string());
}

#[tokio::test]
async fn failures_of_one_endpoint_leave_the_others_alone() {
    let github = github().await;
    github.fail_next(Endpoint::User, 1, Failure::Status(502));
    let token = token(&github).await;

    assert_eq!(user(&github, &token).await.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(user(&github, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn failures_come_in_the_order_in_which_they_were_set() {
    let github = github().await;
    let token = token(&github).await;
    github.fail_next(Endpoint::User, 1, Failure::Status(500));
    github.fail_next(Endpoint::User, 1, Failure::Status(503));

    assert_eq!(user(&github, &token).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(user(&github, &token).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(user(&github, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn garbage_is_a_success_that_cannot_be_parsed() {
    let github = github().await;
    github.fail_next(Endpoint::User, 1, Failure::Garbage);

    let response = user(&github, "gho_any").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.json::<Value>().await.is_err());
}

#[tokio::test]
async fn a_call_that_hangs_is_seen_at_once_and_ends_with_the_stand_in() {
    let github = github().await;
    let code = code(&github).await;
    github.fail_next(Endpoint::Token, 1, Failure::Hang);
    let url = github.base_url().join("login/oauth/access_token").unwrap();
    let request = crate::support::http().post(url).json(&usual_exchange(&code));
    let call = tokio::spawn(request.send());

    while !github.calls().iter().any(|call| call.is("POST", "/login/oauth/access_token")) {
        task::yield_now().await;
    }
    let waiting = github.calls().pop().unwrap();
    assert_eq!(waiting.status, None);
    assert!(!call.is_finished());

    drop(github);
    let ended = tokio::time::timeout(Duration::from_secs(10), call).await;
    assert!(ended.is_ok(), "the call hangs on");
}

#[tokio::test]
async fn the_calls_are_listed_in_order_without_anything_secret() {
    let github = github().await;
    let token = token(&github).await;
    user(&github, &token).await;
    user(&github, "gho_unknown").await;

    let calls = github.calls();
    let seen: Vec<_> =
        calls.iter().map(|call| (call.method.as_str(), call.path.as_str(), call.status.unwrap().as_u16())).collect();
    assert_eq!(
        seen,
        [
            ("GET", "/login/oauth/authorize", 200),
            ("POST", "/login/oauth/authorize", 302),
            ("POST", "/login/oauth/access_token", 200),
            ("GET", "/api/v3/user", 200),
            ("GET", "/api/v3/user", 401),
        ]
    );
    assert!(calls.is_sorted_by_key(|call| call.at));
    assert!(!format!("{calls:?}").contains("gho_"));
}
