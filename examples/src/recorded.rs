//! Webhook deliveries as providers send them.
//!
//! The bodies are recorded payloads, kept byte for byte with the service's tests. They are embedded, so that a demo
//! needs no files beside it.
//!
//! ```
//! use connectors_examples::recorded;
//! use uuid::Uuid;
//!
//! let opened = recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened").unwrap();
//! let headers = opened.signed("the webhook's secret", Uuid::new_v4());
//!
//! assert_eq!(headers["x-github-event"], "issues");
//! assert!(headers["x-hub-signature-256"].to_str().unwrap().starts_with("sha256="));
//! ```

pub mod jira;
pub mod slack;

use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, Mac};
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

/// A delivery that GitHub made once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedDelivery {
    /// The value of `X-GitHub-Event`.
    pub event: &'static str,
    /// The event and its action, as the file is called: `issues.opened`.
    pub name: &'static str,
    /// The JSON body.
    pub body: &'static [u8],
}

impl RecordedDelivery {
    /// The headers that GitHub sends with this body, signed with the webhook's secret.
    ///
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers>
    pub fn signed(&self, secret: &str, delivery_id: Uuid) -> HeaderMap {
        self.signed_with(secret, delivery_id, self.body)
    }

    /// The same event, as if it had happened at `moment`: the body with that time in the place of each timestamp, and the
    /// headers for it.
    pub fn signed_at(&self, secret: &str, delivery_id: Uuid, moment: DateTime<Utc>) -> (HeaderMap, Vec<u8>) {
        let mut body: Value = serde_json::from_slice(self.body).expect("a recorded body is JSON");
        set_times(&mut body, moment);
        let body = body.to_string().into_bytes();
        (self.signed_with(secret, delivery_id, &body), body)
    }

    fn signed_with(&self, secret: &str, delivery_id: Uuid, body: &[u8]) -> HeaderMap {
        let text = |value: &str| HeaderValue::from_str(value).expect("the value is visible ASCII");
        HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("*/*")),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static("GitHub-Hookshot/044aadd")),
            (http::HeaderName::from_static("x-github-event"), HeaderValue::from_static(self.event)),
            (http::HeaderName::from_static("x-github-delivery"), text(&delivery_id.hyphenated().to_string())),
            (http::HeaderName::from_static("x-hub-signature-256"), text(&signature(secret, body))),
        ])
    }
}

fn set_times(value: &mut Value, moment: DateTime<Utc>) {
    match value {
        Value::String(text) if DateTime::parse_from_rfc3339(text).is_ok() => {
            *text = moment.to_rfc3339_opts(SecondsFormat::Micros, true);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| set_times(item, moment)),
        Value::Object(fields) => {
            for (name, field) in fields {
                // A push has seconds since 1970 in some of its fields.
                if name.ends_with("_at") && field.is_u64() {
                    *field = moment.timestamp().into();
                }
                set_times(field, moment);
            }
        }
        _ => {}
    }
}

/// The value of `X-Hub-Signature-256`: the HMAC-SHA256 of the body, in hexadecimal.
///
/// ```
/// // The example of https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
/// let signature = connectors_examples::recorded::signature("It's a Secret to Everybody", b"Hello, World!");
/// assert_eq!(signature, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
/// ```
pub fn signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hmac_hex(secret, body))
}

/// The HMAC-SHA256 in hexadecimal.
fn hmac_hex(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

macro_rules! deliveries {
    ($($event:literal $(. $action:literal)*),+ $(,)?) => {
        vec![$(RecordedDelivery {
            event: $event,
            name: concat!($event $(, ".", $action)*),
            body: include_bytes!(concat!(
                "../../connectors-server/tests/fixtures/github/", $event $(, ".", $action)*, ".json"
            )),
        }),+]
    };
}

/// GitHub's deliveries: a `ping` from `Octocoders/Hello-World`, the others from `Codertocat/Hello-World`.
pub fn github() -> Vec<RecordedDelivery> {
    deliveries![
        "github_app_authorization"."revoked",
        "installation"."created",
        "issue_comment"."created",
        "issue_comment"."deleted",
        "issue_comment"."edited",
        "issues"."assigned",
        "issues"."closed",
        "issues"."deleted",
        "issues"."edited",
        "issues"."labeled",
        "issues"."milestoned",
        "issues"."opened",
        "issues"."reopened",
        "ping",
        "pull_request"."closed",
        "pull_request"."closed"."merged",
        "pull_request"."edited",
        "pull_request"."opened",
        "pull_request"."ready_for_review",
        "pull_request"."reopened",
        "pull_request"."synchronize",
        "pull_request_review"."dismissed",
        "pull_request_review"."submitted",
        "push",
        "push"."branch_deleted",
        "push"."tag",
        "push"."tag_deleted",
        "release"."published",
    ]
}
