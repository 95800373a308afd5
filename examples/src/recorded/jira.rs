//! Deliveries of Jira's webhooks, as its documentation shows them.
//!
//! ```
//! use connectors_examples::recorded::jira;
//!
//! let created = jira::deliveries().into_iter().find(|delivery| delivery.name == "issue_created").unwrap();
//! let headers = created.signed("the webhook's secret", "1e2b3f");
//!
//! assert!(headers["x-hub-signature"].to_str().unwrap().starts_with("sha256="));
//! ```

use std::{fmt::Display, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use serde_json::json;
use sha2::Sha256;

/// How long Jira's tokens are good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3 * 60);

/// A delivery of Jira's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JiraDelivery {
    /// The event, and what is special about it, as the file is called: `issue_updated.resolved`.
    pub name: &'static str,
    /// The JSON body.
    pub body: &'static [u8],
}

impl JiraDelivery {
    /// The headers that Jira sends with this body to a webhook that an admin has set up with a secret.
    ///
    /// <https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks>
    pub fn signed(&self, secret: &str, delivery_id: &str) -> HeaderMap {
        headers(delivery_id, HeaderName::from_static("x-hub-signature"), &super::signature(secret, self.body))
    }

    /// The headers that Jira sends with this body to a dynamic webhook of an OAuth app.
    ///
    /// <https://developer.atlassian.com/cloud/jira/platform/webhooks/#authentication>
    pub fn signed_for_the_app(&self, client_secret: &str, delivery_id: &str, moment: DateTime<Utc>) -> HeaderMap {
        headers(delivery_id, AUTHORIZATION, &authorization(client_secret, moment))
    }
}

fn headers(delivery_id: &str, name: HeaderName, signature: &str) -> HeaderMap {
    let text = |value: &str| HeaderValue::from_str(value).expect("the value is visible ASCII");
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8")),
        (USER_AGENT, HeaderValue::from_static("Atlassian Webhook HTTP Client")),
        (HeaderName::from_static("x-atlassian-webhook-identifier"), text(delivery_id)),
        (name, text(signature)),
    ])
}

/// The value of `Authorization` at that moment.
pub fn authorization(client_secret: &str, moment: DateTime<Utc>) -> String {
    let claims = json!({"iat": moment.timestamp(), "exp": (moment + TOKEN_LIFETIME).timestamp(), "iss": "jira"});
    format!("Bearer {}", token(&json!({"typ": "JWT", "alg": "HS256"}), &claims, client_secret))
}

/// A JWT (RFC 7519) with this header and these claims; whatever the header says, it is signed with HS256.
pub fn token(header: &impl Display, claims: &impl Display, secret: &str) -> String {
    let signed = [header.to_string(), claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

macro_rules! deliveries {
    ($($name:literal),+ $(,)?) => {
        vec![$(JiraDelivery {
            name: $name,
            body: include_bytes!(concat!("../../../connectors-server/tests/fixtures/jira/", $name, ".json")),
        }),+]
    };
}

/// Jira's deliveries, all of one site.
pub fn deliveries() -> Vec<JiraDelivery> {
    deliveries![
        "comment_created",
        "comment_created.dynamic",
        "comment_updated",
        "issue_created",
        "issue_created.dynamic",
        "issue_deleted",
        "issue_updated",
        "issue_updated.assigned",
        "issue_updated.commented",
        "issue_updated.in_progress",
        "issue_updated.reopened",
        "issue_updated.reopened.by_workflow",
        "issue_updated.resolved",
        "issue_updated.resolved.dynamic",
        "worklog_created",
    ]
}
