//! What somebody writes who has no client.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::calls::{TENANT, TOKEN};

#[derive(Deserialize)]
#[allow(dead_code, reason = "read for the time that it takes")]
pub(crate) struct Signal {
    id: Uuid,
    provider_slug: String,
    connection_id: Option<Uuid>,
    kind: String,
    occurred_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    pub(crate) title: String,
    url: Option<String>,
    actor: Option<Reference>,
    source: Option<Reference>,
    payload: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read for the time that it takes")]
struct Reference {
    id: String,
    name: String,
    url: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SignalList {
    pub(crate) signals: Vec<Signal>,
    pub(crate) next_cursor: Option<String>,
}

pub(crate) struct HandWritten {
    http: reqwest::Client,
    url: String,
}

impl HandWritten {
    pub(crate) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build().unwrap();
        Self { http, url: url.to_owned() }
    }

    pub(crate) async fn signal(&self, id: &str) -> reqwest::Result<Signal> {
        let url = format!("{}/signals/{id}", self.url);
        self.send(self.http.get(url)).await
    }

    pub(crate) async fn signals(&self, cursor: Option<&str>) -> reqwest::Result<SignalList> {
        let mut request = self.http.get(format!("{}/signals", self.url)).query(&[("limit", "100")]);
        if let Some(cursor) = cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        self.send(request).await
    }

    async fn send<T: for<'a> Deserialize<'a>>(&self, request: reqwest::RequestBuilder) -> reqwest::Result<T> {
        let request = request.bearer_auth(TOKEN).header("X-Tenant-Id", TENANT);
        request.send().await?.error_for_status()?.json().await
    }
}
