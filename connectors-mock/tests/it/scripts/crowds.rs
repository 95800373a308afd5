//! Much at once, and much at a time.

use serde_json::json;

use super::{after, connected, delivered, script};
use crate::twin::{Call, Secret, Sending, Step, approve, delete, get, post, same};

/// Under which id all that comes at once comes: which answer is whose is not known.
const ID: &str = "at-once";

/// The call, so many times at once.
fn times(number: usize, call: Call) -> Step {
    Step::Together(vec![call.header("x-request-id", ID); number])
}

#[tokio::test]
async fn a_delivery_that_comes_eight_times_at_once_is_stored_once() {
    let script = script![times(8, delivered("push", "1")), get("/signals"), times(8, delivered("push", "1"))];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn a_connection_that_is_deleted_by_eight_at_once_is_deleted_by_one() {
    let script = script![times(8, delete("/connections/{connection}")), get("/connections")];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn readers_at_once_read_the_same() {
    let script = script![
        delivered("push", "1"),
        delivered("issues.opened", "2"),
        Step::Together(vec![
            get("/signals?limit=1&kind=code_pushed").header("x-request-id", ID),
            get("/connections").header("x-request-id", ID),
            get("/signals?limit=0").header("x-request-id", ID),
            get("/providers").anonymous().header("x-request-id", ID),
            get("/signals").tenant("{globex}").header("x-request-id", ID),
        ]),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn deliveries_of_many_bytes() {
    let own = |body: Vec<u8>| post("/webhooks/github/{acme}").anonymous().body(body).signed(Secret::Own("acme"));
    let padded = |bytes: usize| json!({"zen": "x".repeat(bytes)}).to_string().into_bytes();
    let script = script![
        own(padded(2 << 20)).header("x-github-event", "push"),
        post("/webhooks/github/{acme}").anonymous().body(vec![b' '; 25 << 20]),
        get("/signals"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn a_callback_that_comes_eight_times_at_once_completes_once() {
    let started =
        || after(script![post("/connect/github").keep("url", "/authorize_url")].into(), [approve("url", "back")]);
    let callback = || get("/connect/github/callback?{back}");
    let with_token = script![times(8, callback()), get("/connections"), times(2, callback())];
    same(&after(started(), with_token)).await;
    // Without the token a code completes once, and whoever comes after the first is refused.
    let without = script![times(8, callback().anonymous()), get("/connections")];
    same(&after(started(), without)).await;
}

#[tokio::test]
async fn a_delivery_that_is_longer_than_a_delivery_may_be() {
    let script = script![
        post("/webhooks/github/{acme}").anonymous().body(vec![b' '; (25 << 20) + 1]).sent(Sending::OnceWanted),
        post("/webhooks/github").anonymous().body(vec![b' '; (25 << 20) + 1]).sent(Sending::OnceWanted),
        get("/signals"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn a_page_ends_with_the_payload_that_makes_it_too_long() {
    // Handed on, so that nobody has to sign megabytes. As they are listed: 8 MiB twice are not yet too much, so a third goes
    // with them, and the fourth does not.
    let handed_on = |name, id| post("/webhooks/github").delivery(name, id);
    let page = "/signals?include_payload=true";
    let script = script![
        handed_on("issues.closed", "1").drawn_out(8 << 20),
        handed_on("issues.opened", "2"),
        handed_on("push", "3").drawn_out(8 << 20),
        handed_on("pull_request.opened", "4"),
        get("/signals"),
        get(page).keep("cursor", "/next_cursor"),
        get(&format!("{page}&cursor={{cursor}}")),
    ];
    same(&script).await;
}

#[tokio::test]
async fn more_is_wrong_than_one_answer_tells() {
    let many: Vec<_> = (0..40).map(|number| format!("x{number}=1")).collect();
    let fields: serde_json::Map<_, _> = (0..40).map(|number| (format!("y{number}"), json!(1))).collect();
    let long = "é".repeat(120);
    let script = script![
        get(&format!("/signals?{}", many.join("&"))),
        get(&format!("/signals?limit=0&{}&kind=x", many.join("&"))),
        post(&format!("/connect/github?{}", many[..15].join("&"))).json(&json!(fields)),
        get(&format!("/signals?{long}=1&limit{long}=1")),
        post("/connect/github?x=1")
            .json(&json!({"scope": 1, "scopes": ["repo"], "redirect_uri": "https://evil.example"})),
        post("/connect/gitub?x=1").json(&json!({"scopes": ["repo"], "redirect_uri": "https://evil.example"})),
        post("/connect/github?x=1").json(&json!({"scopes": "x", "redirect_uri": 1})),
    ];
    same(&script).await;
}
