//! Deliveries of Slack's Events API, as its documentation shows them.
//!
//! ```
//! use chrono::DateTime;
//! use connectors_examples::recorded::slack;
//!
//! let message = slack::deliveries().into_iter().find(|delivery| delivery.name == "message").unwrap();
//! let headers = message.signed("the app's signing secret", DateTime::from_timestamp(1_531_420_618, 0).unwrap());
//!
//! assert_eq!(headers["x-slack-request-timestamp"], "1531420618");
//! assert!(headers["x-slack-signature"].to_str().unwrap().starts_with("v0="));
//! ```

use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};

use super::hmac_hex;

/// A delivery of Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlackDelivery {
    /// The event, and what is special about it, as the file is called: `message.message_changed`.
    pub name: &'static str,
    /// The JSON body.
    pub body: &'static [u8],
}

impl SlackDelivery {
    /// The headers that Slack sends with this body at that moment, signed with the app's signing secret.
    ///
    /// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
    pub fn signed(&self, secret: &str, moment: DateTime<Utc>) -> HeaderMap {
        let text = |value: &str| HeaderValue::from_str(value).expect("the value is visible ASCII");
        let seconds = moment.timestamp().to_string();
        HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("*/*")),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static("Slackbot 1.0 (+https://api.slack.com/robots)")),
            (HeaderName::from_static("x-slack-request-timestamp"), text(&seconds)),
            (HeaderName::from_static("x-slack-signature"), text(&signature(secret, &seconds, self.body))),
        ])
    }
}

/// The value of `X-Slack-Signature`: the HMAC-SHA256 of version, time and body, in hexadecimal.
pub fn signature(secret: &str, seconds: &str, body: &[u8]) -> String {
    format!("v0={}", hmac_hex(secret, &[format!("v0:{seconds}:").as_bytes(), body].concat()))
}

macro_rules! deliveries {
    ($($name:literal),+ $(,)?) => {
        vec![$(SlackDelivery {
            name: $name,
            body: include_bytes!(concat!("../../../connectors-server/tests/fixtures/slack/", $name, ".json")),
        }),+]
    };
}

/// Slack's deliveries, all of one workspace.
pub fn deliveries() -> Vec<SlackDelivery> {
    deliveries![
        "app_mention",
        "app_uninstalled",
        "channel_created",
        "message",
        "message.bot_message",
        "message.by_a_bot_user",
        "message.channel_join",
        "message.file_share",
        "message.message_changed",
        "message.message_changed.tombstone",
        "message.message_changed.unfolded_link",
        "message.message_deleted",
        "message.reply",
        "message.shared_channel",
        "reaction_added",
        "reaction_removed",
        "tokens_revoked",
        "tokens_revoked.of_a_user",
        "url_verification",
    ]
}
