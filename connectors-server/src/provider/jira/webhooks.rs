//! Dynamic webhooks: "The Jira Cloud platform REST API", group "Webhooks".
//!
//! An app can have five of them for a user at a site, each lives 30 days, and ids are unique at a site alone. One is enough: all
//! connections of an Atlassian account that this service has share it.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};
use url::Url;

use super::{
    Endpoints, Jira,
    events::webhook_name,
    identity::{Site, failure},
    payload::time,
};
use crate::provider::{ProviderFailure, Session, SubscribeRequest, Subscriber, Subscription};

/// What signals are made of.
const EVENTS: &[&str] = &["jira:issue_created", "jira:issue_updated", "comment_created"];

/// All issues. A filter may not be empty, and of the operators only `=`, `!=`, `IN` and `NOT IN` are taken.
const ALL_ISSUES: &str = "project != null";

const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Pages of the list that are read at most.
const MAX_PAGES: usize = 10;

/// A page of the list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    is_last: Option<bool>,
    values: Vec<Webhook>,
}

/// A webhook that this app has made for this user.
#[derive(Deserialize)]
struct Webhook {
    id: u64,
    url: Option<String>,
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    webhook_registration_result: Vec<Registration>,
}

/// What became of one webhook. That there are errors is told with HTTP 200.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    created_webhook_id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refreshed {
    expiration_date: Option<Value>,
}

#[async_trait]
impl Subscriber for Jira {
    /// A week, so that a site that is down for days loses nothing.
    fn margin(&self) -> Duration {
        Duration::from_secs(7 * 24 * 60 * 60)
    }

    async fn subscribe(
        &self,
        session: &Session<'_>,
        request: &SubscribeRequest<'_>,
    ) -> Result<Vec<Subscription>, ProviderFailure> {
        let (mut subscriptions, mut lost) = (Vec::new(), None);
        for site in Site::all(session.metadata) {
            match at_site(session, request, &site).await {
                Ok(subscription) => subscriptions.extend(subscription),
                // A site that the user has no access to any more must not keep the others from being heard.
                Err(failure @ ProviderFailure::Answered { .. }) => lost = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        if let Some(failure) = lost.filter(|_| subscriptions.is_empty()) {
            return Err(failure);
        }
        Ok(subscriptions)
    }

    async fn unsubscribe(&self, session: &Session<'_>, subscription: &Subscription) -> Result<(), ProviderFailure> {
        let id = subscription.id.rsplit_once('/').and_then(|(_, id)| id.parse::<u64>().ok());
        // An id of another form was never made here.
        let Some(id) = id else { return Ok(()) };
        let url = Endpoints::of(session.api.config).webhooks(&subscription.resource);
        let request = session.api.http.client().delete(url).json(&json!({ "webhookIds": [id] }));
        // Webhooks that there are not any more are passed over; a site that there is not any more is 404.
        match call::<IgnoredAny>(session, request).await {
            Ok(_) | Err(ProviderFailure::Answered { status: 404 | 410, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

/// Makes or renews the webhook at one site.
async fn at_site(
    session: &Session<'_>,
    request: &SubscribeRequest<'_>,
    site: &Site,
) -> Result<Option<Subscription>, ProviderFailure> {
    let Some(host) = site.host() else { return Ok(None) };
    let url = Endpoints::of(session.api.config).webhooks(&site.id);
    // The list comes first: what was made and then lost in a crash is found again, and what is gone is made anew.
    let ours = listed(session, &url).await?.into_iter().filter(|webhook| webhook.is_at(request.webhook_url));
    let mut ours: Vec<u64> = ours.map(|webhook| webhook.id).collect();
    ours.sort_unstable();
    let is_held = |id: &&u64| request.held.iter().any(|held| held.id == webhook_name(&host, **id));
    let id = match ours.iter().find(is_held).or_else(|| ours.first()) {
        Some(id) => *id,
        None => register(session, &url, request.webhook_url).await?,
    };
    let renewed = session.api.http.client().put(at(&url, "refresh")).json(&json!({ "webhookIds": [id] }));
    let renewed: Refreshed = call(session, renewed).await?;
    let told = renewed.expiration_date.as_ref().and_then(Value::as_str).and_then(time);
    Ok(Some(Subscription {
        id: webhook_name(&host, id),
        resource: site.id.clone(),
        secret: None,
        expires_at: Some(told.unwrap_or_else(|| session.now.after(LIFETIME))),
    }))
}

impl Webhook {
    /// Whether it delivers all that is needed to this URL.
    fn is_at(&self, url: &Url) -> bool {
        let has = |event: &str| self.events.iter().any(|known| known == event);
        self.url.as_deref() == Some(url.as_str()) && EVENTS.iter().all(|event| has(event))
    }
}

async fn listed(session: &Session<'_>, url: &Url) -> Result<Vec<Webhook>, ProviderFailure> {
    let mut webhooks = Vec::new();
    for _ in 0..MAX_PAGES {
        let mut page = url.clone();
        page.query_pairs_mut().append_pair("startAt", &webhooks.len().to_string());
        let page: Page = call(session, session.api.http.client().get(page)).await?;
        let is_last = page.is_last != Some(false) || page.values.is_empty();
        webhooks.extend(page.values);
        if is_last {
            break;
        }
    }
    Ok(webhooks)
}

async fn register(session: &Session<'_>, url: &Url, webhook_url: &Url) -> Result<u64, ProviderFailure> {
    let webhooks = json!({
        "url": webhook_url.as_str(),
        "webhooks": [{ "jqlFilter": ALL_ISSUES, "events": EVENTS }],
    });
    let registered: Registered = call(session, session.api.http.client().post(url.clone()).json(&webhooks)).await?;
    let created = registered.webhook_registration_result.first().and_then(|result| result.created_webhook_id);
    created.ok_or(ProviderFailure::Answered { status: 200, error: None })
}

async fn call<T: for<'de> Deserialize<'de>>(
    session: &Session<'_>,
    request: reqwest::RequestBuilder,
) -> Result<T, ProviderFailure> {
    let request = request.bearer_auth(session.grant.access_token.expose()).header("accept", "application/json");
    let answer = session.api.http.send(request.build().map_err(ProviderFailure::Unreachable)?).await?;
    if !answer.status.is_success() {
        return Err(failure(&answer));
    }
    let body = if answer.body.is_empty() { b"null".as_slice() } else { &answer.body };
    serde_json::from_slice(body).map_err(|_| ProviderFailure::Answered { status: answer.status.as_u16(), error: None })
}

fn at(url: &Url, name: &str) -> Url {
    let mut url = url.clone();
    url.set_path(&format!("{}/{name}", url.path()));
    url
}
