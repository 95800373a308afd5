//! A request.

use connectors_examples::recorded::RecordedDelivery;
use reqwest::{Method, Url};
use serde_json::Value;
use uuid::Uuid;

use super::{ACME, Answer, TOKEN, contract::CONTRACT};

/// A request under construction. Unless told otherwise it shows the operator token and names the tenant [`ACME`].
#[must_use]
pub struct Call {
    method: Method,
    url: Url,
    token: Option<String>,
    tenant: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            token: Some(format!("Bearer {TOKEN}")),
            tenant: Some(ACME.to_string()),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Without `Authorization`.
    pub fn without_token(mut self) -> Self {
        self.token = None;
        self
    }

    /// Without `X-Tenant-Id`.
    pub fn without_tenant(mut self) -> Self {
        self.tenant = None;
        self
    }

    /// As a provider calls: with neither.
    pub fn by_a_provider(self) -> Self {
        self.without_token().without_tenant()
    }

    /// With this `Authorization`.
    pub fn authorization(mut self, value: &str) -> Self {
        self.token = Some(value.to_owned());
        self
    }

    /// For this tenant.
    pub fn tenant(mut self, tenant: Uuid) -> Self {
        self.tenant = Some(tenant.to_string());
        self
    }

    /// With this `X-Tenant-Id`, be it malformed.
    pub fn tenant_header(mut self, value: &str) -> Self {
        self.tenant = Some(value.to_owned());
        self
    }

    /// With one more header; a repeated name is sent twice.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With a recorded delivery's headers and body, signed.
    pub fn delivery(mut self, delivery: &RecordedDelivery, secret: &str, id: Uuid) -> Self {
        for (name, value) in &delivery.signed(secret, id) {
            self.headers.push((name.to_string(), value.to_str().unwrap().to_owned()));
        }
        self.body(delivery.body)
    }

    /// Where it would be sent.
    pub fn into_url(self) -> Url {
        self.url
    }

    /// Sends it, and holds the answer against the contract.
    pub async fn send(self) -> Answer {
        let path = self.url.path().to_owned();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut request = client.request(self.method.clone(), self.url);
        let named = [("authorization", self.token), ("x-tenant-id", self.tenant)];
        for (name, value) in
            named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).chain(self.headers)
        {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        CONTRACT.check(&self.method, &path, status, &headers, &body);
        Answer { status, headers, body }
    }
}
