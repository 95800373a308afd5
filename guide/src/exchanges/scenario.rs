//! The exchanges, in the order in which they happen.

use connectors_client::TenantId;
use connectors_examples::{
    backend::{Against, Backend},
    recorded::{self, signature},
};
use serde_json::Value;
use url::Url;

use super::{Exchange, Request, Response};
use crate::BoxError;

/// The tenant of the guide.
const TENANT: &str = "6f2d1a3e-8c47-4b7a-9c1d-0e5f6a7b8c9d";
/// The tenant and connection of the specification's example: nobody has them.
const NOBODY: &str = "123e4567-e89b-12d3-a456-426614174000";

/// Plays all exchanges against one or the other.
///
/// # Errors
/// If a request can't be sent. What is answered is not judged here.
pub async fn play(against: Against) -> Result<Vec<Exchange>, BoxError> {
    let backend = Backend::start(against).await?;
    let mut scenario = Scenario { client: reqwest::Client::new(), backend, exchanges: Vec::new() };
    scenario.journey().await?;
    scenario.refusals().await?;
    Ok(scenario.exchanges)
}

/// The name of an exchange that another needs and no page shows.
const UNSHOWN: &str = "";

struct Scenario {
    client: reqwest::Client,
    backend: Backend,
    exchanges: Vec<Exchange>,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As<'a> {
    Nobody,
    Operator,
    Tenant(&'a str),
}

impl Scenario {
    async fn journey(&mut self) -> Result<(), BoxError> {
        let core = As::Tenant(TENANT);
        self.get("service_info", As::Nobody, "/").await?;
        self.get("health", As::Nobody, "/healthz").await?;
        self.get("readiness", As::Nobody, "/readyz").await?;
        self.get("list_providers", As::Nobody, "/providers").await?;

        let started = self.ask("start_oauth", core, "POST", "/connect/github", "", true).await?;
        let callback = self.backend.approve(&url(&started["authorize_url"])?).await?;
        let target = format!("/connect/github/callback?{}", callback.query().unwrap_or_default());
        let completed = self.get("complete_oauth", core, &target).await?;
        let connection = text(&completed["connection"]["id"]);
        self.get("list_connections", core, "/connections").await?;
        self.get("get_connection", core, &format!("/connections/{connection}")).await?;

        self.deliver_ping().await?;
        self.hand_on_ping().await?;
        let tenant = TenantId::new(TENANT.parse()?)?;
        for delivery in recorded::github() {
            self.backend.deliver(tenant, &delivery).await?;
        }
        let page = self.get("list_signals", core, "/signals?provider=github&limit=2").await?;
        let next = format!("/signals?provider=github&limit=2&cursor={}", text(&page["next_cursor"]));
        self.get("list_signals_next", core, &next).await?;
        let filters = format!("/signals?provider=github&connection_id={connection}&kind=issue_created&limit=50");
        let issues = self.get("list_signals_filtered", core, &filters).await?;
        let payloads = "/signals?provider=github&limit=25&include_payload=true";
        self.ask("list_signals_payload", core, "GET", payloads, "", false).await?;
        let signal = format!("/signals/{}", text(&issues["signals"][0]["id"]));
        self.ask("get_signal", core, "GET", &signal, "", false).await?;
        let nothing = format!("/signals?connection_id={NOBODY}&kind=issue_created");
        self.get("list_signals_nothing", core, &nothing).await?;
        self.ask("delete_connection", core, "DELETE", &format!("/connections/{connection}"), "", true).await?;
        Ok(())
    }

    async fn refusals(&mut self) -> Result<(), BoxError> {
        let core = As::Tenant(TENANT);
        self.get("unauthorized", As::Nobody, "/connections").await?;
        self.get("tenant_header_required", As::Operator, "/connections").await?;
        self.get("validation_failed", core, "/signals?limit=500&kidn=issue_created").await?;
        self.get("connection_not_found", core, &format!("/connections/{NOBODY}")).await?;
        self.ask("provider_not_supported", core, "POST", "/connect/githbu", "", true).await?;
        let started = self.ask(UNSHOWN, core, "POST", "/connect/github", "", false).await?;
        let callback = self.backend.deny(&url(&started["authorize_url"])?).await?;
        // Stand-in and mock word the descriptions differently, and the service reads none.
        let described = ["error_description", "error_uri"];
        let query = callback.query_pairs().filter(|(name, _)| !described.contains(&name.as_ref()));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let target = format!("/connect/github/callback?{query}");
        self.get("oauth_denied", core, &target).await?;
        self.get("oauth_state_invalid", core, "/connect/github/callback?code=made-up&state=made-up").await?;
        Ok(())
    }

    /// GitHub tries a webhook that was set up just now.
    async fn deliver_ping(&mut self) -> Result<(), BoxError> {
        let body = r#"{"zen":"Keep it logically awesome."}"#;
        let secret = self.backend.webhook_secret(TenantId::new(TENANT.parse()?)?);
        let mut request = ping(format!("/webhooks/github/{TENANT}"), body);
        request.headers.push(("X-Hub-Signature-256".into(), signature(&secret, body.as_bytes())));
        self.send("ingest_signed_webhook", As::Nobody, request.clone(), true).await?;
        request.headers.retain(|(name, _)| name != "X-Hub-Signature-256");
        self.send("invalid_signature", As::Nobody, request, true).await?;
        Ok(())
    }

    /// Core hands on a delivery.
    async fn hand_on_ping(&mut self) -> Result<(), BoxError> {
        let request = ping("/webhooks/github".into(), r#"{"zen":"Design for failure."}"#);
        self.send("ingest_webhook", As::Tenant(TENANT), request, true).await?;
        Ok(())
    }

    async fn get(&mut self, name: &str, who: As<'_>, target: &str) -> Result<Value, BoxError> {
        self.ask(name, who, "GET", target, "", true).await
    }

    async fn ask(
        &mut self,
        name: &str,
        who: As<'_>,
        method: &str,
        target: &str,
        body: &str,
        shown: bool,
    ) -> Result<Value, BoxError> {
        let request = Request { method: method.into(), target: target.into(), headers: Vec::new(), body: body.into() };
        self.send(name, who, request, shown).await
    }

    async fn send(&mut self, name: &str, who: As<'_>, mut request: Request, shown: bool) -> Result<Value, BoxError> {
        let mut headers = Vec::new();
        if who != As::Nobody {
            headers.push(("Authorization".to_owned(), format!("Bearer {}", self.backend.operator_token())));
        }
        if let As::Tenant(id) = who {
            headers.push(("X-Tenant-Id".to_owned(), id.to_owned()));
        }
        headers.append(&mut request.headers);
        request.headers = headers;
        let address = self.backend.url()?.join(&request.target)?;
        let mut outgoing = self.client.request(request.method.parse()?, address).body(request.body.clone());
        for (name, value) in &request.headers {
            outgoing = outgoing.header(name, value);
        }
        let answer = outgoing.send().await?;
        let status = answer.status().as_u16();
        let mut headers: Vec<_> =
            answer.headers().iter().filter_map(|(name, value)| header(name.as_str(), value)).collect();
        // Their order means nothing.
        headers.sort();
        let response = Response { status, headers, body: answer.text().await? };
        let value = serde_json::from_str(&response.body).unwrap_or_default();
        if name != UNSHOWN {
            let exchange = Exchange { name: name.into(), request, response, shown };
            self.exchanges.push(self.as_shown(exchange)?);
        }
        Ok(value)
    }

    /// With the names of a deployment in place of this run's addresses and credentials.
    fn as_shown(&self, mut exchange: Exchange) -> Result<Exchange, BoxError> {
        let github = self.backend.provider_url()?;
        let replacements = [
            (self.backend.operator_token(), "<operator_token>"),
            (github.as_str().trim_end_matches('/').to_owned(), "https://github.com"),
            ("http%3A%2F%2F127.0.0.1%3A9%2F".to_owned(), "https%3A%2F%2Fcore.example%2F"),
            (encoded(&github), "https%3A%2F%2Fgithub.com"),
            (self.backend.client_id().to_owned(), "your-client-id"),
        ];
        let show = |text: &mut String| {
            for (actual, shown) in &replacements {
                *text = text.replace(actual, shown);
            }
        };
        show(&mut exchange.request.target);
        exchange.request.headers.iter_mut().for_each(|(_, value)| show(value));
        show(&mut exchange.response.body);
        Ok(exchange)
    }
}

/// A ping as GitHub sends it, as far as the service reads it.
fn ping(target: String, body: &str) -> Request {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Request {
        method: "POST".into(),
        target,
        headers: vec![
            header("Content-Type", "application/json"),
            header("X-GitHub-Event", "ping"),
            header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ],
        body: body.into(),
    }
}

/// A header as it is printed, unless it belongs to the connection.
fn header(name: &str, value: &reqwest::header::HeaderValue) -> Option<(String, String)> {
    if ["date", "content-length", "connection", "transfer-encoding"].contains(&name) {
        return None;
    }
    let words = name.split('-').map(|word| match word {
        "www" => "WWW".to_owned(),
        word => format!("{}{}", word[..1].to_uppercase(), &word[1..]),
    });
    Some((words.collect::<Vec<_>>().join("-"), value.to_str().ok()?.to_owned()))
}

fn encoded(url: &Url) -> String {
    url::form_urlencoded::byte_serialize(url.as_str().trim_end_matches('/').as_bytes()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn url(value: &Value) -> Result<Url, BoxError> {
    Ok(Url::parse(value.as_str().ok_or("no authorize_url in the answer")?)?)
}
