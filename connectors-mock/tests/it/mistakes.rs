//! The mistakes that people make, and what they read then.

use std::{fmt::Write, time::Duration};

use connectors_mock::{ConnectorsMock, Fault, NewConnection, Operation};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::panics::text_of;

/// What is read, mistake by mistake.
struct Notes {
    mock: ConnectorsMock,
    text: String,
}

impl Notes {
    /// A request as it ought to be: with the token, for the tenant `acme`.
    fn right(&self, method: Method, target: &str) -> RequestBuilder {
        let tenant = self.mock.tenant("acme").id().to_string();
        self.nobodys(method, target).bearer_auth(self.mock.operator_token()).header("x-tenant-id", tenant)
    }

    fn nobodys(&self, method: Method, target: &str) -> RequestBuilder {
        Client::new().request(method, format!("{}{target}", self.mock.url()))
    }

    fn get(&self, target: &str) -> RequestBuilder {
        self.right(Method::GET, target)
    }

    async fn answered(&mut self, mistake: &str, request: RequestBuilder) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let (code, message) = (body["code"].as_str().unwrap(), body["message"].as_str().unwrap());
        writeln!(self.text, "{mistake}\n    {status} {code}: {message}").unwrap();
    }

    fn panicked(&mut self, mistake: &str, what: impl FnOnce(&ConnectorsMock)) {
        let text = text_of(|| what(&self.mock));
        let text = text.replace(self.mock.url(), "http://mock");
        // Where the mock was started moves with every edit of this file.
        let here = text.find("mistakes.rs:").map(|at| {
            let rest = &text[at..];
            format!("{}mistakes.rs:…{}", &text[..at], &rest[rest.find(" met ").unwrap_or(rest.len())..])
        });
        let text = here.unwrap_or(text);
        let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
        writeln!(self.text, "{mistake}\n{}", lines.join("\n")).unwrap();
    }
}

#[tokio::test]
async fn each_mistake_is_told_in_words_that_help() {
    let mut notes = Notes { mock: ConnectorsMock::start().await, text: String::new() };
    let acme = notes.mock.tenant("acme");
    acme.receives("github", "issue_created");
    acme.receives("github", "pr_merged");
    let client = acme.client();
    let cursor = client.signals().page_size(1).page().await.unwrap().next_cursor.unwrap();

    notes.answered("no token", notes.nobodys(Method::GET, "/signals")).await;
    let with = |token: &str| notes.nobodys(Method::GET, "/signals").header("authorization", token.to_owned());
    let (another, basic) = (with("Bearer token-of-another-service"), with("Basic b3BlcmF0b3I6dG9rZW4="));
    notes.answered("token of another service", another).await;
    notes.answered("Basic in place of Bearer", basic).await;
    notes.answered("token given twice", notes.get("/signals").bearer_auth(notes.mock.operator_token())).await;
    let token = notes.mock.operator_token().to_owned();
    let tenantless = |notes: &Notes| notes.nobodys(Method::GET, "/signals").bearer_auth(&token);
    notes.answered("tenant forgotten", tenantless(&notes)).await;
    notes.answered("tenant's name in place of its id", tenantless(&notes).header("x-tenant-id", "acme")).await;
    let nil = "00000000-0000-0000-0000-000000000000";
    notes.answered("nil tenant", tenantless(&notes).header("x-tenant-id", nil)).await;
    notes.answered("misspelt parameter", notes.get("/signals?limt=10")).await;
    notes.answered("parameter out of range", notes.get("/signals?limit=500")).await;
    notes.answered("parameter given twice", notes.get("/signals?kind=pr_merged&kind=pr_opened")).await;
    notes.answered("misspelt kind", notes.get("/signals?kind=issue_creatd")).await;
    notes.answered("`+` not escaped in a time", notes.get("/signals?occurred_after=2026-01-02T03:04:05+02:00")).await;
    let range = "/signals?occurred_after=2026-02-01T00:00:00Z&occurred_before=2026-01-01T00:00:00Z";
    notes.answered("range the wrong way round", notes.get(range)).await;
    let filtered = format!("/signals?kind=pr_merged&cursor={}", cursor.as_str());
    notes.answered("cursor of other filters", notes.get(&filtered)).await;
    let others = notes.get(&format!("/signals?cursor={}", cursor.as_str()));
    let globex = notes.mock.tenant("globex").id().to_string();
    let others = others.build().unwrap();
    let mut others = RequestBuilder::from_parts(Client::new(), others);
    others = others.headers([("x-tenant-id".parse().unwrap(), globex.parse().unwrap())].into_iter().collect());
    notes.answered("cursor of another tenant", others).await;
    notes
        .answered("several mistakes at once", notes.get("/signals?limit=0&limt=1&provider=gitub&include_payload=yes"))
        .await;
    notes.answered("id that is none", notes.get("/connections/42")).await;
    let theirs = notes.mock.tenant("globex").has_connection(NewConnection::to("github"));
    notes.answered("connection of another tenant", notes.get(&format!("/connections/{}", theirs.id))).await;
    notes.answered("misspelt provider", notes.right(Method::POST, "/connect/gitub")).await;
    let json = |body: &Value| {
        notes.right(Method::POST, "/connect/github").header("content-type", "application/json").body(body.to_string())
    };
    let (field, scope) = (json(&json!({"scope": ["repo"]})), json(&json!({"scopes": ["everything"]})));
    let elsewhere = json(&json!({"redirect_uri": "https://evil.example/github"}));
    notes.answered("misspelt field", field).await;
    notes.answered("scope that the provider doesn't have", scope).await;
    notes.answered("redirect URL that isn't allowed", elsewhere).await;
    notes.answered("body without its media type", notes.right(Method::POST, "/connect/github").body("{}")).await;

    let started = client.start_oauth("github").send().await.unwrap();
    let callback = |notes: &Notes, url: &Url| notes.get(&format!("/connect/github/callback?{}", url.query().unwrap()));
    let back = notes.mock.user().approves(&started.authorize_url);
    callback(&notes, &back).send().await.unwrap();
    let other_code = format!("/connect/github/callback?code=other&state={}", started.state.as_str());
    notes.answered("spent state", notes.get(&other_code)).await;
    let started = client.start_oauth("github").send().await.unwrap();
    let back = notes.mock.user().tampers_state(&started.authorize_url);
    notes.answered("state that was tampered with", callback(&notes, &back)).await;
    let back = notes.mock.user().denies(&started.authorize_url);
    notes.answered("user declined", callback(&notes, &back)).await;
    notes.answered("callback without a code", notes.get("/connect/github/callback?state=x")).await;
    let started = client.start_oauth("github").send().await.unwrap();
    let made_up = format!("/connect/github/callback?code=made-up&state={}", started.state.as_str());
    notes.answered("code that was made up", notes.get(&made_up)).await;
    let unsigned = notes.nobodys(Method::POST, "/webhooks/github").body("{}");
    notes.answered("delivery without a signature", unsigned).await;
    notes.answered("path with a slash at the end", notes.get("/signals/")).await;
    notes.answered("path in the singular", notes.get("/connection")).await;
    notes.answered("path below another one", notes.get("/api/v1/signals")).await;
    notes.answered("misspelt path with a parameter", notes.get("/connect/github/calback")).await;
    notes.answered("method that the route doesn't have", notes.right(Method::POST, "/signals")).await;

    notes.panicked("those five, at the end of the test", ConnectorsMock::verify);
    notes.panicked("misspelt provider in a seed", |mock| drop(mock.tenant("acme").has_connection("gitub")));
    notes.panicked("misspelt event in a seed", |mock| drop(mock.tenant("acme").receives("github", "issue_creatd")));
    notes.panicked("seed with a time that is none", |mock| {
        drop(mock.tenant("acme").has_signal(json!({"kind": "pr_merged", "occurred_at": "yesterday"})));
    });
    notes.panicked("misspelt field in a seed", |mock| {
        drop(mock.tenant("acme").has_signal(json!({"kind": "pr_merged", "titel": "Add the engine"})));
    });
    notes.panicked("seed of an account that is connected already", |mock| {
        drop(mock.tenant("globex").has_connection("github"));
    });
    notes.panicked("authorize URL that isn't the mock's", |mock| {
        drop(mock.user().approves("https://github.com/login/oauth/authorize?state=x"));
    });
    notes.panicked("failure that the operation can't have", |mock| {
        mock.on(Operation::ListSignals).fail_next(1, Fault::provider_timeout("github"));
    });
    notes.panicked("answer that the contract doesn't allow", |mock| {
        mock.on(Operation::GetHealth).reply(200, json!({"status": "ok"}));
    });
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListProviders).fail_next(1, Fault::rate_limited(Duration::from_secs(30)));
    for _ in 0..2 {
        reqwest::get(format!("{}/providers", mock.url())).await.unwrap();
    }
    notes.mock = mock;
    notes.panicked("journey that took another way", |mock| {
        mock.assert_journey([Operation::GetHealth, Operation::ListProviders, Operation::StartOAuth]);
    });
    notes.panicked("called again too early", ConnectorsMock::assert_backoff_honoured);

    insta::assert_snapshot!(notes.text);
}
