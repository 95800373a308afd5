//! The twin itself: it must notice when one side answers otherwise.

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use wiremock::{Mock, ResponseTemplate, matchers::path};

use crate::twin::{MockSide, Setup, Step, Transcript, differences, get, run};

/// Alters an answer: its status, its body's text, and one header by the result.
type Alter = fn(&mut u16, &mut String) -> Option<(&'static str, &'static str)>;

fn script() -> Vec<Step> {
    vec![get("/providers").anonymous().into(), get("/signals?limit=2").into(), get("/signals?limit=0").into()]
}

async fn side() -> MockSide {
    let side = MockSide::start(&Setup::default()).await;
    let acme = side.0.tenant_with_id(crate::twin::ACME.try_into().unwrap());
    for kind in ["issue_created", "pr_merged", "code_pushed"] {
        acme.receives("github", kind);
    }
    side
}

/// The transcript of a side that answers one path with an altered copy of what it says itself.
async fn altered(target: &str, alter: Alter) -> Transcript {
    let mut side = side().await;
    let url = format!("{}{target}", side.0.url());
    let request = reqwest::Client::new()
        .request(Method::GET, url)
        .bearer_auth(side.0.operator_token())
        .header("x-tenant-id", crate::twin::ACME.to_string())
        .header("x-request-id", "of-the-altered-answer");
    let answer = request.send().await.unwrap();
    let (mut status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let content_type = headers["content-type"].to_str().unwrap().to_owned();
    let mut body = answer.text().await.unwrap();
    let header = alter(&mut status, &mut body);
    let mut template = ResponseTemplate::new(status).set_body_raw(body, &content_type);
    for (name, value) in headers.iter().filter(|(name, _)| !matches!(name.as_str(), "content-length" | "date")) {
        template = template.insert_header(name, value);
    }
    if let Some((name, value)) = header {
        template = template.insert_header(name, value);
    }
    let (target, query) = target.split_once('?').unwrap_or((target, ""));
    let query: Vec<_> = query.split('=').map(str::to_owned).collect();
    let mock = Mock::given(path(target));
    let mock = match &query[..] {
        [name, value] => mock.and(wiremock::matchers::query_param(name.as_str(), value.as_str())),
        _ => mock,
    };
    mock.respond_with(template).mount(side.0.wiremock()).await;
    run(&mut side, &script()).await
}

async fn notices(target: &str, what: &str, alter: Alter) {
    let right = run(&mut side().await, &script()).await;
    let found = differences(&right, &altered(target, alter).await);
    assert!(!found.is_empty() && found.iter().any(|text| text.contains(what)), "{target}: {what}: {found:?}");
}

#[tokio::test]
async fn two_equal_sides_do_not_differ() {
    let (one, other) = (run(&mut side().await, &script()).await, run(&mut side().await, &script()).await);
    assert_eq!(differences(&one, &other), Vec::<String>::new());
    assert_eq!(one.statuses(), [200, 200, 400]);
}

#[tokio::test]
async fn an_answer_that_is_repeated_unaltered_is_no_difference() {
    let right = run(&mut side().await, &script()).await;
    for target in ["/providers", "/signals?limit=2", "/signals?limit=0"] {
        assert_eq!(differences(&right, &altered(target, |_, _| None).await), Vec::<String>::new(), "{target}");
    }
}

#[tokio::test]
async fn an_altered_status_is_noticed() {
    notices("/providers", "status", |status, _| {
        *status = 203;
        None
    })
    .await;
}

#[tokio::test]
async fn an_altered_header_is_noticed() {
    notices("/signals?limit=2", "headers", |_, _| Some(("cache-control", "no-cache"))).await;
}

#[tokio::test]
async fn an_altered_code_is_noticed() {
    notices("/signals?limit=0", "body", |_, body| replace(body, "\"VALIDATION_FAILED\"", "\"NOT_FOUND\"")).await;
}

#[tokio::test]
async fn an_altered_detail_key_is_noticed() {
    notices("/signals?limit=0", "body", |_, body| replace(body, "{\"limit\":", "{\"Limit\":")).await;
}

#[tokio::test]
async fn a_null_where_a_value_was_is_noticed() {
    notices("/signals?limit=2", "body", |_, body| {
        let (rest, _) = body.split_once("\"next_cursor\":").unwrap();
        *body = format!("{rest}\"next_cursor\":null}}");
        None
    })
    .await;
}

#[tokio::test]
async fn an_absent_field_is_noticed() {
    notices("/providers", "body", |_, body| replace(body, ",\"available\":true", "")).await;
}

#[tokio::test]
async fn an_altered_order_of_rows_is_noticed() {
    #[derive(Deserialize)]
    struct Page {
        signals: Vec<Box<RawValue>>,
    }

    notices("/signals?limit=2", "body", |_, body| {
        let Page { signals } = serde_json::from_str(body).unwrap();
        let (one, other) = (signals[0].get(), signals[1].get());
        replace(body, &format!("{one},{other}"), &format!("{other},{one}"))
    })
    .await;
}

fn replace(body: &mut String, what: &str, by: &str) -> Option<(&'static str, &'static str)> {
    assert!(body.contains(what), "{body}");
    *body = body.replace(what, by);
    None
}
