//! Cliq's payloads, as far as rules read them. What is missing or null is no error.

use serde::Deserialize;

use crate::{model::display_text, provider::zoho::text::Number};

/// What Cliq posts for a webhook based extension or bot; or a bot's script, which may leave out what stands around `params`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Call {
    pub(super) handler: Option<Handler>,
    pub(super) timestamp: Option<Number>,
    pub(super) params: Option<Params>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Handler {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

/// The attributes of a handler.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    pub(super) operation: Option<String>,
    /// Of a participation handler.
    pub(super) data: Option<Told>,
    /// Of a message handler.
    pub(super) message_details: Option<Told>,
    pub(super) user: Option<User>,
    pub(super) chat: Option<Chat>,
}

/// A message and its time.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    pub(super) message: Option<Message>,
    pub(super) time: Option<Number>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) text: Option<String>,
    /// What was written beside a file.
    pub(super) comment: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: Option<Id>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chat {
    pub(super) id: Option<Id>,
    pub(super) title: Option<String>,
}

/// An id as it came; [`id`] tells whether it is one.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Id(Number);

/// The id, if it looks like one of Cliq's: a number, or a word such as `CT_2243226337559778047_661211447-B2`.
pub(super) fn id(id: Option<&Id>) -> Option<String> {
    let text = match &id?.0 {
        Number::Number(number) => number.to_string(),
        Number::Text(text) => text.clone(),
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    ((1..=100).contains(&text.len()) && text.bytes().all(is_word)).then_some(text)
}

impl User {
    pub(super) fn name(&self) -> Option<String> {
        let parts = [self.first_name.as_deref(), self.last_name.as_deref()].into_iter().flatten();
        let name = display_text(&parts.collect::<Vec<_>>().join(" "));
        (!name.is_empty()).then_some(name)
    }
}
