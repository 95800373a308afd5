//! Starting, serving, stopping.

use connectors_examples::{
    recorded,
    standin::github::{Endpoint, Failure, GitHubStandIn, OAuthApp},
};
use reqwest::{Method, Url};
use serde_json::json;
use uuid::Uuid;

use crate::harness::{ACME, CALLBACK, Program, Service, TOKEN, TestDatabase, UNSET, on_postgres, until};

const KEY: (&str, &str) = ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

async fn output(arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String, String) {
    let output = Program::command(arguments, variables).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn the_least_configuration_answers_every_operation() {
    let database = TestDatabase::create().await;
    let program = Program::serve(&database, &[("POBLYSH_DATABASE_URL", UNSET)]).await;
    let call = |method: &str, path: &str| program.call(method.parse().unwrap(), path);
    for path in ["/", "/healthz", "/readyz", "/providers", "/connections", "/signals"] {
        call("GET", path).send().await.ok(200);
    }
    let nobody = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";
    call("POST", "/connect/github").send().await.refused("PROVIDER_NOT_CONFIGURED");
    call("GET", "/connect/github/callback?state=s&code=c").send().await.refused("PROVIDER_NOT_CONFIGURED");
    call("GET", &format!("/connections/{nobody}")).send().await.refused("CONNECTION_NOT_FOUND");
    call("DELETE", &format!("/connections/{nobody}")).send().await.refused("CONNECTION_NOT_FOUND");
    call("GET", &format!("/signals/{nobody}")).send().await.refused("SIGNAL_NOT_FOUND");
    call("POST", "/webhooks/github").by_a_provider().send().await.refused("INVALID_SIGNATURE");
    call("POST", &format!("/webhooks/github/{ACME}")).by_a_provider().send().await.refused("INVALID_SIGNATURE");
    let docs = call("GET", "/docs/").send().await;
    assert!(String::from_utf8_lossy(&docs.body).contains("swagger-ui"), "{docs:?}");
    assert!(call("GET", "/docs/errors").send().await.body.starts_with(b"<!doctype html>"));
    let document = call("GET", "/openapi.json").send().await;
    assert_eq!(document.body, connectors_server::document().as_bytes());
    program.terminate().await;
    assert!(database.folder.path().join("poblysh-connectors.db").is_file(), "the default, in the working directory");
}

#[tokio::test]
async fn every_problem_of_the_configuration_is_listed_at_once() {
    let (success, _, stderr) = output(
        &["serve"],
        &[
            ("POBLYSH_OPERATOR_TOKENS", "[]"),
            ("POBLYSH_CRYPTO_KEY", "short"),
            ("POBLYSH_API_BIND_ADDR", "nowhere"),
            ("POBLYSH_DATABASE_URL", "sqlite::memory:"),
            ("POBLYSH_RATE_LIMIT", "fast"),
            ("POBLYSH_GITHUB_CLIENT_ID", "id"),
            ("POBLYSH_GITHUB_BASE_URL", "http://github.example"),
            ("POBLYSH_OAUTH_REDIRECT_URL", "https://core.example/callback"),
        ],
    )
    .await;
    assert!(!success);
    for name in [
        "OPERATOR_TOKENS",
        "CRYPTO_KEY",
        "API_BIND_ADDR",
        "DATABASE_URL",
        "RATE_LIMIT",
        "GITHUB_CLIENT_SECRET",
        "GITHUB_BASE_URL",
        "OAUTH_REDIRECT_URL",
    ] {
        assert!(stderr.contains(&format!("POBLYSH_{name}: ")), "{name}: {stderr}");
    }
    assert!(stderr.contains("8 problem(s)"), "{stderr}");
}

#[tokio::test]
async fn without_token_or_key_the_service_does_not_start() {
    for variables in [
        vec![KEY],
        vec![KEY, ("POBLYSH_OPERATOR_TOKENS", ""), ("POBLYSH_OPERATOR_TOKEN", "single")],
        vec![KEY, ("POBLYSH_OPERATOR_TOKENS", "a,,b")],
        vec![KEY, ("POBLYSH_OPERATOR_TOKENS", "[\"a\", 7]")],
        vec![("POBLYSH_OPERATOR_TOKENS", TOKEN)],
        vec![("POBLYSH_OPERATOR_TOKENS", TOKEN), ("POBLYSH_CRYPTO_KEYS", ""), KEY],
    ] {
        let (success, _, stderr) = output(&["serve"], &variables).await;
        assert!(!success, "{variables:?}");
        assert!(stderr.contains("POBLYSH_OPERATOR_TOKENS: ") || stderr.contains("POBLYSH_CRYPTO_KEY"), "{stderr}");
    }
}

#[tokio::test]
async fn a_single_token_counts_where_it_stands_alone() {
    let database = TestDatabase::create().await;
    let single = ("POBLYSH_OPERATOR_TOKEN", "the-single-operator-token");
    let call =
        |program: &Program| program.call(Method::GET, "/signals").authorization("Bearer the-single-operator-token");
    let alone = Program::serve(&database, &[single, ("POBLYSH_OPERATOR_TOKENS", UNSET)]).await;
    call(&alone).send().await.ok(200);
    alone.terminate().await;
    let beside = Program::serve(&database, &[single]).await;
    call(&beside).send().await.refused("UNAUTHORIZED");
    let log = beside.terminate().await;
    assert!(log.contains("POBLYSH_OPERATOR_TOKEN is ignored"), "{log}");
    assert!(!log.contains("the-single-operator-token"), "{log}");
}

#[tokio::test]
async fn help_teaches_and_commands_print_what_they_should() {
    let (success, help, _) = output(&["--help"], &[]).await;
    assert!(success);
    for setting in connectors_server::config::SETTINGS {
        assert!(help.contains(setting.name), "{}", setting.name);
    }
    for (name, _) in connectors_server::config::provider_settings() {
        assert!(help.contains(&name), "{name}");
    }
    assert_eq!(output(&["openapi"], &[]).await.1, connectors_server::document());
    assert!(output(&["completions", "bash"], &[]).await.1.contains("webhook-secret"));
    let variables = [("POBLYSH_WEBHOOK_ROOT_KEYS", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")];
    let (_, secret, _) = output(&["webhook-secret", "github", &ACME.to_string()], &variables).await;
    assert_eq!(secret.trim(), Service::start().await.own_secret(ACME));
    let (success, _, stderr) = output(&["webhook-secret", "slack", &ACME.to_string()], &variables).await;
    assert!(!success && stderr.contains("Slack has no webhooks of tenants"), "{stderr}");
    let (success, _, stderr) = output(&["webhook-secret", "gihub", &ACME.to_string()], &variables).await;
    assert!(!success && stderr.contains("did you mean github?"), "{stderr}");
    let (success, _, stderr) = output(&["webhook-secret", "github", &ACME.to_string()], &[]).await;
    assert!(!success && stderr.contains("POBLYSH_WEBHOOK_ROOT_KEYS"), "{stderr}");
    let (success, _, stderr) = output(&["webhook-secret", "github", "acme"], &variables).await;
    assert!(!success && stderr.contains("UUID"), "{stderr}");
}

#[tokio::test]
async fn readiness_follows_the_database_and_health_does_not() {
    let service = Service::start().await;
    assert_eq!(service.get("/readyz").send().await.ok(200)["checks"], json!({"database": "ok", "migrations": "ok"}));
    service.state.service().store().close().await;
    let answer = service.get("/readyz").send().await;
    assert_eq!(answer.refused("SERVICE_UNAVAILABLE"), json!({"checks": {"database": "out of reach"}}));
    service.get("/healthz").send().await.ok(200);
    service.get("/signals").send().await.refused("SERVICE_UNAVAILABLE");
}

#[tokio::test]
async fn a_service_that_stops_refuses_new_requests() {
    let service = Service::start().await;
    service.state.drain();
    service.get("/readyz").send().await.refused("SERVICE_UNAVAILABLE");
    let answer = service.get("/signals").send().await;
    answer.refused("SERVICE_UNAVAILABLE");
    assert_eq!(answer.json()["message"], "The service is shutting down");
    service.get("/healthz").send().await.ok(200);
}

/// Secrets pass through every path of the service while it logs all that it can.
#[tokio::test]
async fn no_log_line_holds_a_secret() {
    let github = GitHubStandIn::start(OAuthApp::new("client-id", "canary-client-secret", [CALLBACK])).await.unwrap();
    let database = TestDatabase::create().await;
    let program = Program::serve(
        &database,
        &[
            ("POBLYSH_LOG", "trace"),
            ("POBLYSH_OAUTH_REDIRECT_URL", &CALLBACK.replace("github", "{provider}")),
            ("POBLYSH_GITHUB_CLIENT_ID", "client-id"),
            ("POBLYSH_GITHUB_CLIENT_SECRET", "canary-client-secret"),
            ("POBLYSH_GITHUB_WEBHOOK_SECRET", "canary-webhook-secret"),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().as_str()),
        ],
    )
    .await;
    let started = program.call(Method::POST, "/connect/github").send().await.ok(200);
    let url: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let callback = github.approve(&url).await.unwrap();
    let path = format!("/connect/github/callback?{}", callback.query().unwrap());
    github.fail_next(Endpoint::Token, 1, Failure::Garbage);
    program.call(Method::GET, &path).send().await.refused("PROVIDER_ERROR");
    let connection = program.call(Method::GET, &path).send().await.ok(200);
    let delivery = &recorded::github()[0];
    let call = program.call(Method::POST, "/webhooks/github").by_a_provider();
    call.delivery(delivery, "canary-webhook-secret", Uuid::new_v4()).send().await.ok(202);
    program.call(Method::GET, "/signals?cursor=x").send().await.invalid("cursor");
    program
        .call(Method::GET, "/signals")
        .authorization("Bearer canary-wrong-token")
        .send()
        .await
        .refused("UNAUTHORIZED");
    let id = connection["connection"]["id"].as_str().unwrap();
    assert_eq!(program.call(Method::DELETE, &format!("/connections/{id}")).send().await.status, 204);
    let log = program.terminate().await;
    assert!(log.contains("TRACE") && log.contains("disconnected"), "it logs");
    let signature = recorded::signature("canary-webhook-secret", delivery.body);
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    for secret in
        [TOKEN, "canary", "gho_", &code, started["state"].as_str().unwrap(), &signature[7..], "SELECT ", "INSERT "]
    {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret}: {line:?}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let variables = [("POBLYSH_DATABASE_URL", url.as_str())];
    for _ in 0..2 {
        assert_eq!(output(&["migrate"], &variables).await, (true, "the schema is up to date\n".into(), String::new()));
    }
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 9999, 'from the future', TRUE, checksum, 0 FROM _sqlx_migrations LIMIT 1";
    database.execute(newer).await;
    let (success, _, stderr) = output(&["migrate"], &variables).await;
    assert!(!success && stderr.contains("9999"), "{stderr}");
}

#[tokio::test]
async fn a_rotated_key_opens_what_the_old_one_sealed() {
    let (old, new) = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=");
    let github = GitHubStandIn::start(OAuthApp::new("client-id", "client-secret", [CALLBACK])).await.unwrap();
    let database = TestDatabase::create().await;
    let redirect = CALLBACK.replace("github", "{provider}");
    let both = format!("{new},{old}");
    let mut variables = vec![
        ("POBLYSH_OAUTH_REDIRECT_URL", redirect.as_str()),
        ("POBLYSH_GITHUB_CLIENT_ID", "client-id"),
        ("POBLYSH_GITHUB_CLIENT_SECRET", "client-secret"),
        ("POBLYSH_GITHUB_BASE_URL", github.base_url().as_str()),
    ];
    let program = Program::serve(&database, &variables).await;
    let started = program.call(Method::POST, "/connect/github").send().await.ok(200);
    program.terminate().await;
    let callback = github.approve(&started["authorize_url"].as_str().unwrap().parse().unwrap()).await.unwrap();
    let path = format!("/connect/github/callback?{}", callback.query().unwrap());
    variables.push(("POBLYSH_CRYPTO_KEYS", new));
    let program = Program::serve(&database, &variables).await;
    program.call(Method::GET, &path).send().await.refused("INTERNAL_ERROR");
    program.terminate().await;
    variables.pop();
    variables.push(("POBLYSH_CRYPTO_KEYS", &both));
    let program = Program::serve(&database, &variables).await;
    program.call(Method::GET, &path).send().await.ok(200);
    program.terminate().await;
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_finish_and_fails_readiness_first() {
    let database = TestDatabase::create().await;
    let program = Program::serve(&database, &[("POBLYSH_SHUTDOWN_DELAY_SECONDS", "4")]).await;
    let (half, rest) = recorded::github()[0].body.split_at(1000);
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<&[u8], std::io::Error>>(1);
    sender.send(Ok(half)).await.unwrap();
    let stream = futures_util::stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let url = program.call(Method::POST, "/webhooks/github").into_url();
    let request = reqwest::Client::new().post(url).bearer_auth(TOKEN).header("x-tenant-id", ACME.to_string());
    let request =
        request.header("x-github-event", recorded::github()[0].event).body(reqwest::Body::wrap_stream(stream));
    let under_way = tokio::spawn(request.send());
    until("the body is under way", || sender.capacity() > 0).await;
    program.signal("TERM").await;
    // Not ready, but still serving, until the delay is over.
    loop {
        let answer = program.call(Method::GET, "/readyz").send().await;
        if answer.status == 503 {
            assert_eq!(answer.refused("SERVICE_UNAVAILABLE"), json!({"checks": {"shutdown": "in progress"}}));
            break;
        }
    }
    program.call(Method::GET, "/signals").send().await.ok(200);
    program.logs("those under way go on").await;
    sender.send(Ok(rest)).await.unwrap();
    drop(sender);
    assert_eq!(under_way.await.unwrap().unwrap().status(), 202);
    program.wait().await;
}

#[tokio::test]
async fn a_stop_cuts_off_what_does_not_finish() {
    let database = TestDatabase::create().await;
    let program = Program::serve(&database, &[("POBLYSH_SHUTDOWN_TIMEOUT_SECONDS", "1")]).await;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<&[u8], std::io::Error>>(1);
    sender.send(Ok(b"{")).await.unwrap();
    let endless = futures_util::stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let url = program.call(Method::POST, "/webhooks/github").into_url();
    let request = reqwest::Client::new().post(url).body(reqwest::Body::wrap_stream(endless));
    let under_way = tokio::spawn(request.send());
    until("the body is under way", || sender.capacity() > 0).await;
    program.call(Method::GET, "/healthz").send().await.ok(200);
    let log = program.terminate().await;
    assert!(under_way.await.unwrap().is_err());
    assert!(log.contains("cut off"), "{log}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let service = Service::builder().set("POBLYSH_REQUEST_TIMEOUT_SECONDS", "1").start().await;
    let endless = reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<&[u8], std::io::Error>>());
    let url = service.post("/webhooks/github").into_url();
    let answer = reqwest::Client::new().post(url).body(endless).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["details"], json!({"body": "did not arrive within 1 s"}));
}

#[tokio::test]
async fn slow_senders_do_not_hold_large_deliveries_up() {
    let service = Service::builder()
        .set("POBLYSH_MAX_BUFFERED_BYTES", &(4 << 20).to_string())
        .set("POBLYSH_MAX_WEBHOOK_BYTES", &(3 << 20).to_string())
        .start()
        .await;
    let url = service.post("/webhooks/github").into_url();
    let slow: Vec<_> = (0..50)
        .map(|_| {
            let one = futures_util::stream::once(async { Ok::<_, std::io::Error>("x") });
            let body = reqwest::Body::wrap_stream(futures_util::StreamExt::chain(one, futures_util::stream::pending()));
            tokio::spawn(reqwest::Client::new().post(url.clone()).body(body).send())
        })
        .collect();
    let large = json!({"filler": "x".repeat(2 << 20)}).to_string();
    service.post("/webhooks/github").body(large).send().await.ok(202);
    slow.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn both_forms_of_the_log_tell_the_cause_of_a_failure() {
    for format in ["text", "json"] {
        let database = TestDatabase::create().await;
        let program = Program::serve(&database, &[("POBLYSH_LOG_FORMAT", format)]).await;
        database.execute("DROP TABLE signals").await;
        program.call(Method::GET, "/signals").header("x-request-id", "find-me").send().await.refused("INTERNAL_ERROR");
        let log = program.terminate().await;
        let is_cause = |line: &&str| line.contains("find-me") && line.contains("ERROR");
        let line = log.lines().find(is_cause).unwrap_or_else(|| panic!("{log}"));
        let cause = if on_postgres() { "does not exist" } else { "no such table: signals" };
        assert!(line.contains(cause), "{line}");
    }
}

#[tokio::test]
async fn a_database_that_would_lose_what_was_acknowledged_is_refused() {
    let urls = [
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite::memory:",
        "sqlite:x.db?mode=memory",
        "postgres://x",
        "mysql://x/y",
    ];
    for url in urls {
        let variables = [KEY, ("POBLYSH_OPERATOR_TOKENS", TOKEN), ("POBLYSH_DATABASE_URL", url)];
        let (success, _, stderr) = output(&["serve"], &variables).await;
        assert!(!success && stderr.contains("POBLYSH_DATABASE_URL"), "{url}: {stderr}");
    }
}

#[tokio::test]
async fn a_database_url_says_where_to_go_and_no_word_too_many() {
    for (url, problem) in [
        ("postgres://user:canary@host", "must name a database"),
        ("postgres://user:canary@host/", "must name a database"),
        ("postgres://user:canary@host:port/x", "is no URL"),
        ("postgresql://user:canary@host/x?sslmod=verify-full", "has a parameter `sslmod`"),
    ] {
        let variables = [KEY, ("POBLYSH_OPERATOR_TOKENS", TOKEN), ("POBLYSH_DATABASE_URL", url)];
        let (success, _, stderr) = output(&["serve"], &variables).await;
        assert!(!success && stderr.contains(&format!("POBLYSH_DATABASE_URL: {problem}")), "{url}: {stderr}");
        assert!(!stderr.contains("canary"), "{stderr}");
    }
}

#[tokio::test]
async fn large_deliveries_at_once_wait_for_each_other_and_small_requests_for_none() {
    let service = Service::builder()
        .set("POBLYSH_MAX_BUFFERED_BYTES", &(4 << 20).to_string())
        .set("POBLYSH_MAX_WEBHOOK_BYTES", &(3 << 20).to_string())
        .start()
        .await;
    let large = json!({"filler": "x".repeat((3 << 20) - 100)}).to_string();
    let deliveries: Vec<_> =
        (0..6).map(|_| tokio::spawn(service.post("/webhooks/github").body(large.clone()).send())).collect();
    service.post("/connect/github").json(&json!({})).send().await.ok(200);
    for delivery in deliveries {
        delivery.await.unwrap().ok(202);
    }
}
