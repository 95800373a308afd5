//! The steps of a script.

use std::time::Duration;

use connectors_examples::recorded::{RecordedDelivery, github, jira, slack};
use reqwest::Method;
use serde_json::Value;

/// A step. In paths, header values and bodies, `{name}` stands for what a step before kept under that name.
#[derive(Debug, Clone)]
pub enum Step {
    /// A request.
    Call(Box<Call>),
    /// Requests at once. Their answers are compared as a set, so all bring the same `X-Request-Id`. Who is told that
    /// another is completing the state asks again, as the contract has it, until there is another answer.
    Together(Vec<Call>),
    /// Something that the service needs fails.
    Outage(Outage),
    /// Another request is in the middle of completing this callback's state, and stays there.
    Held { callback: String },
    /// Both clocks move.
    Advance(Duration),
    /// The user is sent to the kept authorize URL; the callback's query is kept.
    Visit { authorize_url: String, callback: String, visit: Visit },
}

/// What fails.
#[derive(Debug, Clone, Copy)]
pub enum Outage {
    /// The provider answers the next exchange of a code with this status and no sense.
    ProviderFails(u16),
    /// The provider does not answer the next exchange of a code.
    ProviderHangs,
    /// The database is out of reach from now on.
    DatabaseGone,
    /// The database answers from now on that it has no such table.
    DatabaseBroken,
}

/// What the user does at the provider's page.
#[derive(Debug, Clone)]
pub enum Visit {
    Approve,
    ApproveAs(u64, &'static str),
    Deny,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    AtOnce,
    /// Once the other side wants it (`Expect: 100-continue`).
    OnceWanted,
    /// But for its last byte; then the caller says no more.
    Cut,
    /// In chunks, the second of which has a length that is no number.
    BrokenChunk,
    /// Its length is announced, and that is all.
    Never,
}

/// A request. Unless told otherwise it shows the operator token and names the tenant `acme`.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub signed: Option<Secret>,
    pub sending: Sending,
    /// Whether the path is sent as it is written, with `..` in it.
    pub is_unresolved: bool,
    /// Names, and where in the body's JSON their values stand.
    pub kept: Vec<(String, String)>,
    /// The same for values that need not be there; then the name stands for nothing.
    pub kept_if_there: Vec<(String, String)>,
}

/// With which secret a delivery is signed.
#[derive(Debug, Clone)]
pub enum Secret {
    /// The tenant's own.
    Own(&'static str),
    /// The app's.
    App,
    /// Jira's app's, in a token with this header and these claims.
    AppToken(&'static str, &'static str),
    /// Another.
    Text(&'static str),
}

/// A push message about the mailbox of the mock's user.
pub const GMAIL_PUSH: &str = include_str!("../../../../connectors-server/tests/fixtures/gmail/push.json");

/// The header of Slack's that holds the time that is signed.
pub const SLACK_TIME: &str = "x-slack-request-timestamp";

pub fn request(method: &str, path: &str) -> Call {
    Call {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        headers: vec![
            ("authorization".into(), "Bearer {operator_token}".into()),
            ("x-tenant-id".into(), "{acme}".into()),
        ],
        body: Vec::new(),
        signed: None,
        sending: Sending::AtOnce,
        is_unresolved: false,
        kept: Vec::new(),
        kept_if_there: Vec::new(),
    }
}

pub fn get(path: &str) -> Call {
    request("GET", path)
}

pub fn post(path: &str) -> Call {
    request("POST", path)
}

pub fn delete(path: &str) -> Call {
    request("DELETE", path)
}

pub fn advance(seconds: u64) -> Step {
    Step::Advance(Duration::from_secs(seconds))
}

pub fn outage(outage: Outage) -> Step {
    Step::Outage(outage)
}

pub fn held(callback: &str) -> Step {
    Step::Held { callback: callback.into() }
}

pub fn approve(authorize_url: &str, callback: &str) -> Step {
    visit(authorize_url, callback, Visit::Approve)
}

pub fn approve_as(id: u64, name: &'static str, authorize_url: &str, callback: &str) -> Step {
    visit(authorize_url, callback, Visit::ApproveAs(id, name))
}

pub fn deny(authorize_url: &str, callback: &str) -> Step {
    visit(authorize_url, callback, Visit::Deny)
}

fn visit(authorize_url: &str, callback: &str, visit: Visit) -> Step {
    Step::Visit { authorize_url: authorize_url.into(), callback: callback.into(), visit }
}

impl From<Call> for Step {
    fn from(call: Call) -> Self {
        Self::Call(Box::new(call))
    }
}

impl Call {
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Without `Authorization`.
    pub fn without_token(self) -> Self {
        self.without("authorization")
    }

    /// Without `X-Tenant-Id`.
    pub fn without_tenant(self) -> Self {
        self.without("x-tenant-id")
    }

    /// With neither.
    pub fn anonymous(self) -> Self {
        self.without_token().without_tenant()
    }

    /// With this `Authorization`, and no other.
    pub fn authorization(self, value: &str) -> Self {
        self.without_token().header("authorization", value)
    }

    /// With this `X-Tenant-Id`, and no other.
    pub fn tenant(self, value: &str) -> Self {
        self.without_tenant().header("x-tenant-id", value)
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// With the body and event header of a recorded delivery, and an id.
    pub fn delivery(self, name: &str, id: &str) -> Self {
        let RecordedDelivery { event, body, .. } = github().into_iter().find(|known| known.name == name).unwrap();
        let call = self.header("content-type", "application/json").header("x-github-event", event).body(body);
        if id.is_empty() { call } else { call.header("x-github-delivery", id) }
    }

    /// With the body of a delivery of Slack's, made at this time.
    pub fn slack(self, name: &str, time: &str) -> Self {
        let delivery = slack::deliveries().into_iter().find(|known| known.name == name).unwrap();
        self.header("content-type", "application/json").header(SLACK_TIME, time).body(delivery.body)
    }

    /// With the body of a delivery of Jira's, and an id.
    pub fn jira(self, name: &str, id: &str) -> Self {
        let delivery = jira::deliveries().into_iter().find(|known| known.name == name).unwrap();
        let call = self.header("content-type", "application/json").body(delivery.body);
        if id.is_empty() { call } else { call.header("x-atlassian-webhook-identifier", id) }
    }

    /// With the JSON of the body drawn out to this many bytes.
    pub fn drawn_out(mut self, bytes: usize) -> Self {
        let json = self.body.trim_ascii().strip_prefix(b"{").expect("a JSON object");
        self.body = [b"{", vec![b' '; bytes - json.len() - 1].as_slice(), json].concat();
        self
    }

    /// The body is sent like this. A side that refuses it unread can be heard before the connection breaks if it is not sent at
    /// once.
    pub fn sent(mut self, sending: Sending) -> Self {
        self.sending = sending;
        self
    }

    /// The path is sent as it is written.
    pub fn unresolved(mut self) -> Self {
        self.is_unresolved = true;
        self
    }

    /// Signed as the path's provider signs: Jira's app with a token of the time at which the clocks begin.
    pub fn signed(mut self, secret: Secret) -> Self {
        self.signed = Some(secret);
        self
    }

    /// Keeps what stands at this pointer, if there is something.
    pub fn keep_if_there(mut self, name: &str, pointer: &str) -> Self {
        self.kept_if_there.push((name.into(), pointer.into()));
        self
    }

    /// Keeps what stands at this pointer in the answer's JSON.
    pub fn keep(mut self, name: &str, pointer: &str) -> Self {
        self.kept.push((name.into(), pointer.into()));
        self
    }
}
