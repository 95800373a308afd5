//! One side of the twin, and how a script runs against it.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use connectors_examples::recorded::{jira, signature, slack};
use reqwest::{Client, RequestBuilder, Url, redirect::Policy};
use serde_json::Value;
use uuid::Uuid;

use super::{
    by_hand,
    call::{Call, Outage, SLACK_TIME, Secret, Sending, Step, Visit, get},
    names::Names,
    transcript::{Answer, Transcript},
};

/// How both sides are set up.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Requests per second, and burst.
    pub rate_limit: Option<(NonZeroU32, NonZeroU32)>,
    /// Without OAuth credentials for GitHub.
    pub not_configured: bool,
}

/// The operator tokens of both sides.
pub const TOKENS: [&str; 2] = ["operator-token-of-the-twin", "second-token-of-the-twin"];

/// Where users come back to, and where else they may.
pub const REDIRECT: &str = "http://127.0.0.1:9/api/connectors/{provider}/callback";
pub const OTHER_REDIRECT: &str = "http://127.0.0.1:9/elsewhere/{provider}";

/// The time at which both clocks begin.
pub const BEGIN: &str = "2026-01-02T03:04:05Z";

/// The tenants of all scripts.
pub const ACME: Uuid = Uuid::from_u128(0x11111111_1111_4111_8111_111111111111);
const TENANTS: [(&str, Uuid); 2] =
    [("acme", ACME), ("globex", Uuid::from_u128(0x22222222_2222_4222_8222_222222222222))];

/// The service, or the mock.
pub trait Side {
    /// Where it listens.
    fn base(&self) -> Url;
    /// A tenant's own secret for a provider's webhooks.
    fn own_secret(&self, provider: &str, tenant: Uuid) -> String;
    /// The app's.
    fn app_secret(&self, provider: &str) -> String;
    /// Something fails.
    async fn suffer(&mut self, outage: Outage);
    /// Another request is completing a state: this one, if the side has to be sent one.
    async fn hold(&mut self, callback: RequestBuilder);
    /// Moves the clock.
    fn advance(&mut self, duration: Duration);
    /// The user is sent to an authorize URL; the callback URL.
    async fn visit(&mut self, authorize_url: &Url, visit: &Visit) -> Url;
}

/// Runs a script.
pub async fn run(side: &mut impl Side, script: &[Step]) -> Transcript {
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let (mut values, mut names) = (BTreeMap::new(), Names::default());
    values.insert("operator_token".to_owned(), TOKENS[0].to_owned());
    values.insert("second_token".to_owned(), TOKENS[1].to_owned());
    for (name, id) in TENANTS {
        values.insert(name.to_owned(), id.to_string());
        names.learn(name, &id.to_string());
        for provider in ["zoho-cliq", "zoho-mail"] {
            values.insert(format!("{provider} secret of {name}"), side.own_secret(provider, id));
        }
    }
    let mut transcript = Transcript::default();
    for step in script {
        match step {
            Step::Call(call) => {
                let request = prepare(side, &client, call, &values);
                let answer = if call.sending != Sending::AtOnce || call.is_unresolved {
                    by_hand::answer(request.build().unwrap(), &fill(&call.path, &values), call.sending).await
                } else {
                    answer(request).await
                };
                let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
                for (name, pointer) in &call.kept {
                    let value = json.as_ref().and_then(|json| json.pointer(pointer)).and_then(Value::as_str);
                    let value = value.unwrap_or_else(|| panic!("nothing at {pointer}: {call:?}\n{answer:?}"));
                    values.insert(name.clone(), value.to_owned());
                }
                for (name, pointer) in &call.kept_if_there {
                    let value = json.as_ref().and_then(|json| json.pointer(pointer)).and_then(Value::as_str);
                    values.insert(name.clone(), value.unwrap_or_default().to_owned());
                }
                transcript.add(call, answer, &mut names);
            }
            Step::Together(calls) => {
                let sent = calls.iter().map(|call| tokio::spawn(settled(prepare(side, &client, call, &values))));
                let sent: Vec<_> = sent.collect();
                let mut answers = Vec::new();
                for sent in sent {
                    answers.push(sent.await.unwrap());
                }
                answers.sort_by_key(|answer| (answer.status, answer.body.clone()));
                for (call, answer) in calls.iter().zip(answers) {
                    transcript.add(call, answer, &mut names);
                }
            }
            Step::Outage(outage) => side.suffer(*outage).await,
            Step::Held { callback } => {
                let call = get(&format!("/connect/github/callback?{{{callback}}}"));
                let request = prepare(side, &client, &call, &values);
                side.hold(request).await;
            }
            Step::Advance(duration) => side.advance(*duration),
            Step::Visit { authorize_url, callback, visit } => {
                let url = side.visit(&values[authorize_url].parse().unwrap(), visit).await;
                for (name, value) in url.query_pairs() {
                    values.insert(format!("{callback}.{name}"), value.into_owned());
                }
                values.insert(callback.clone(), url.query().unwrap().to_owned());
            }
        }
    }
    transcript
}

fn prepare(side: &impl Side, client: &Client, call: &Call, values: &BTreeMap<String, String>) -> RequestBuilder {
    let base = side.base();
    let path = if call.is_unresolved { String::new() } else { fill(&call.path, values) };
    let url: Url = format!("{}{path}", base.as_str().trim_end_matches('/')).parse().unwrap();
    let mut request = client.request(call.method.clone(), url);
    for (name, value) in &call.headers {
        request = request.header(name, fill(value, values));
    }
    let body = match std::str::from_utf8(&call.body) {
        Ok(text) if text.len() < 1_000 => fill(text, values).into_bytes(),
        _ => call.body.clone(),
    };
    if let Some(secret) = &call.signed {
        let is_of = |provider: &&&str| call.path.starts_with(&format!("/webhooks/{provider}"));
        let provider = ["jira", "slack"].iter().find(is_of).copied().unwrap_or("github");
        let text = match secret {
            Secret::Own(tenant) => side.own_secret(provider, values[*tenant].parse().unwrap()),
            Secret::App | Secret::AppToken(..) => side.app_secret(provider),
            Secret::Text(text) => (*text).to_owned(),
        };
        request = match (provider, secret) {
            ("slack", _) => {
                let time = call.headers.iter().find(|(name, _)| name == SLACK_TIME).map_or("", |(_, time)| time);
                request.header("x-slack-signature", slack::signature(&text, time, &body))
            }
            ("jira", Secret::AppToken(header, claims)) => {
                request.header("authorization", format!("Bearer {}", jira::token(header, claims, &text)))
            }
            ("jira", Secret::App) => {
                request.header("authorization", jira::authorization(&text, BEGIN.parse().unwrap()))
            }
            ("jira", _) => request.header("x-hub-signature", signature(&text, &body)),
            _ => request.header("x-hub-signature-256", signature(&text, &body)),
        };
    }
    if body.is_empty() { request } else { request.body(body) }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer::new(status, headers, response.bytes().await.unwrap().to_vec())
}

/// The answer once no other request is at the same state.
async fn settled(request: RequestBuilder) -> Answer {
    loop {
        let answer = answer(request.try_clone().unwrap()).await;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if json["code"] != "OAUTH_IN_PROGRESS" {
            return answer;
        }
    }
}

/// The text with `{name}` replaced by the value of that name, where there is one.
fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
