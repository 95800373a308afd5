//! Slack's payloads, as far as rules read them. What is missing or null is no error.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::Timestamp;

/// An id as it came; [`id`] tells whether it is one.
pub(super) type Id = String;

/// The id, if it looks like one of Slack's: it is looked up and stored.
pub(super) fn id(text: Option<&Id>) -> Option<&str> {
    let text = text?.as_str();
    ((1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
}

/// Slack's question whether a request URL is this service's. It has no event, and is for no account.
#[derive(Deserialize)]
pub(super) struct UrlVerification {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) challenge: String,
}

/// What stands around every event; the event itself is read once it is known which one it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) team_id: Option<Id>,
    pub(super) event_id: Option<String>,
    pub(super) authorizations: Option<Vec<Authorization>>,
    #[serde(borrow)]
    pub(super) event: Option<&'a RawValue>,
}

/// For whom an event is delivered. There may be more; Slack lists one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Authorization {
    pub(super) enterprise_id: Option<Id>,
    pub(super) team_id: Option<Id>,
    pub(super) is_enterprise_install: Option<bool>,
}

impl Envelope<'_> {
    /// The account that the event happened in: the installation for which Slack delivers it.
    pub(super) fn account(&self) -> Option<&str> {
        match self.authorization() {
            Some(one) if one.is_enterprise_install == Some(true) => id(one.enterprise_id.as_ref()),
            _ => self.workspace(),
        }
    }

    /// The workspace in which the channel is opened. Where a channel is shared, `team_id` may name the other one.
    pub(super) fn workspace(&self) -> Option<&str> {
        id(self.authorization().and_then(|one| one.team_id.as_ref()).or(self.team_id.as_ref()))
    }

    fn authorization(&self) -> Option<&Authorization> {
        self.authorizations.as_ref()?.first()
    }
}

/// Which event it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

/// A message, or what happened to one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) subtype: Option<String>,
    pub(super) channel: Option<Id>,
    pub(super) user: Option<Id>,
    pub(super) bot_id: Option<Id>,
    pub(super) username: Option<String>,
    pub(super) bot_profile: Option<BotProfile>,
    pub(super) text: Option<String>,
    pub(super) ts: Option<String>,
    pub(super) thread_ts: Option<String>,
    pub(super) edited: Option<Edited>,
    pub(super) message: Option<Box<Message>>,
    pub(super) previous_message: Option<Box<Message>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct BotProfile {
    pub(super) name: Option<String>,
}

#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Edited {
    pub(super) user: Option<Id>,
    pub(super) ts: Option<String>,
}

/// A reaction to something.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Reaction {
    pub(super) user: Option<Id>,
    pub(super) reaction: Option<String>,
    pub(super) item: Option<Item>,
    pub(super) event_ts: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) channel: Option<Id>,
}

/// Whose tokens were revoked: of users, and of the bot.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokensRevoked {
    pub(super) tokens: Option<Tokens>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    pub(super) bot: Option<Vec<Id>>,
}

/// A time as Slack writes it: seconds since 1970, a point, and six digits that make it unique in its channel.
pub(super) fn time(ts: Option<&String>) -> Option<Timestamp> {
    let (seconds, micros) = ts?.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(seconds) || !is_number(micros) || micros.len() != 6 {
        return None;
    }
    let whole = Timestamp::from_seconds(seconds.parse().ok()?)?;
    Some(Timestamp::from_micros(whole.as_micros().checked_add(micros.parse().ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_with_six_digits() {
        let read = |text: &str| time(Some(&text.to_owned())).map(Timestamp::as_micros);
        assert_eq!(read("1355517523.000005"), Some(1_355_517_523_000_005));
        for none in
            ["", ".", "1355517523", "1355517523.5", "-1.000000", "+1.000000", "1.00000é", "99999999999999.000000"]
        {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn ids_are_letters_and_digits() {
        assert_eq!(id(Some(&"T123ABC456".into())), Some("T123ABC456"));
        for none in ["", "T1\0", "T 1", "é", &"T".repeat(65)] {
            assert_eq!(id(Some(&none.into())), None, "{none:?}");
        }
    }
}
