//! Jira's payloads, as far as rules read them. What is missing or null is no error.

use serde::Deserialize;
use url::Url;

use crate::model::{Reference, Timestamp, display_text, web_url};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Payload {
    pub(super) webhook_event: Option<String>,
    /// In milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
    #[serde(rename = "issue_event_type_name")]
    pub(super) issue_event_type_name: Option<String>,
    pub(super) user: Option<User>,
    pub(super) issue: Option<Issue>,
    pub(super) comment: Option<Comment>,
    pub(super) changelog: Option<Changelog>,
    /// The dynamic webhooks that it is delivered for; there are none in the deliveries of others.
    pub(super) matched_webhook_ids: Option<Vec<u64>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Issue {
    #[serde(rename = "self")]
    pub(super) address: Option<String>,
    pub(super) key: Option<String>,
    pub(super) fields: Option<Fields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) summary: Option<String>,
    pub(super) project: Option<Project>,
    pub(super) status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Project {
    pub(super) id: Option<String>,
    pub(super) key: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) status_category: Option<StatusCategory>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusCategory {
    pub(super) key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct User {
    pub(super) account_id: Option<String>,
    pub(super) display_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Comment {
    pub(super) id: Option<String>,
    pub(super) author: Option<User>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Changelog {
    pub(super) items: Option<Vec<Item>>,
}

/// What has become of a field.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    pub(super) field: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

impl Payload {
    /// The host of the site that the event happened at.
    pub(super) fn host(&self) -> Option<String> {
        host(self.issue.as_ref()?.address.as_ref()?)
    }

    /// When it happened.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let micros = self.timestamp?.checked_mul(1_000)?;
        Some(Timestamp::from_micros(micros)).filter(|time| time.as_micros() == micros)
    }

    /// Whether a field was changed in a way for which `how` holds.
    pub(super) fn changed(&self, field: &str, how: impl Fn(&Item) -> bool) -> bool {
        let items = self.changelog.iter().flat_map(|log| log.items.iter().flatten());
        items.filter(|item| item.field.as_deref() == Some(field)).any(how)
    }

    pub(super) fn is_done(&self) -> bool {
        self.issue.as_ref().is_some_and(Issue::is_done)
    }
}

impl Issue {
    /// Whether the status says that nothing is left to be done.
    pub(super) fn is_done(&self) -> bool {
        let status = self.fields.as_ref().and_then(|fields| fields.status.as_ref());
        let category = status.and_then(|status| status.status_category.as_ref()?.key.as_deref());
        category == Some("done")
    }

    /// The key, as `PROJ-1`, if it looks like one: it becomes a part of a link.
    pub(super) fn key(&self) -> Option<&str> {
        let key = self.key.as_deref()?;
        let (project, number) = key.rsplit_once('-')?;
        (is_project_key(project) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(key)
            .filter(|key| key.len() <= 128)
    }
}

impl Project {
    pub(super) fn reference(&self, host: Option<&str>) -> Option<Reference> {
        let id = display_text(self.id.as_deref()?);
        let key = self.key.as_deref().filter(|key| is_project_key(key));
        let name = display_text(self.name.as_deref().or(key).unwrap_or_default());
        Some(Reference {
            name: if name.is_empty() { id.clone() } else { name },
            id: Some(id).filter(|id| !id.is_empty())?,
            url: host.zip(key).and_then(|(host, key)| web_url(&format!("https://{host}/browse/{key}"))),
        })
    }
}

impl User {
    pub(super) fn reference(&self) -> Option<Reference> {
        let id = account_id(self.account_id.as_deref()?)?;
        let name = display_text(self.display_name.as_deref().unwrap_or_default());
        Some(Reference { id: id.to_owned(), name: if name.is_empty() { id.to_owned() } else { name }, url: None })
    }
}

/// An Atlassian account id, if it looks like one: digits and letters, perhaps after a number and a colon.
pub(super) fn account_id(text: &str) -> Option<&str> {
    let id = match text.split_once(':') {
        Some((number, id)) if number.bytes().all(|byte| byte.is_ascii_digit()) => id,
        Some(_) => return None,
        None => text,
    };
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_id && text.len() <= 128).then_some(text)
}

/// The host that a URL leads to.
pub(super) fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.host_str().filter(|host| host.len() <= 253).map(str::to_owned)
}

/// A time as Jira writes it: `2019-06-01T12:42:30.000+0000`.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let (time, offset) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let offset = format!("{}:{}", offset.get(..3)?, offset.get(3..)?);
    Timestamp::parse(&format!("{time}{offset}")).or_else(|_| Timestamp::parse(text)).ok()
}

fn is_project_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_hosts_are_what_they_look_like() {
        for id in ["5b10ac8d82e05b22cc7d4ef5", "712020:3f2c1a9e-0b7d-4c55-9a51-5d2f4a1c7e11", "qm:x"] {
            assert_eq!(account_id(id).is_some(), !id.starts_with("qm"), "{id}");
        }
        for none in ["", ":", "1:", "site:acme", "subscription:1", "a\0", "é", &"a".repeat(129)] {
            assert_eq!(account_id(none), None, "{none:?}");
        }
        assert_eq!(host("https://Acme.atlassian.net/rest/api/2/issue/1").as_deref(), Some("acme.atlassian.net"));
        for none in ["", "acme.atlassian.net", "javascript:alert(1)", "ftp://acme.atlassian.net", "https://"] {
            assert_eq!(host(none), None, "{none}");
        }
    }

    #[test]
    fn a_key_is_that_of_a_project_and_a_number() {
        let key = |text: &str| Issue { key: Some(text.to_owned()), ..Issue::default() }.key().is_some();
        assert!(key("PROJ-1") && key("A_2-17"));
        for none in ["", "-", "PROJ", "PROJ-", "-1", "PROJ-1a", "PROJ/../x-1", "P?-1", "PROJ-1\0"] {
            assert!(!key(none), "{none:?}");
        }
    }

    #[test]
    fn times_are_read_with_jiras_offsets_and_rfc_3339s() {
        let expected = Timestamp::parse("2019-06-01T12:42:30Z").ok();
        for text in ["2019-06-01T12:42:30.000+0000", "2019-06-01T14:42:30.000+0200", "2019-06-01T12:42:30Z"] {
            assert_eq!(time(text), expected, "{text}");
        }
        for none in ["", "0000", "2019-06-01", "é2019-06-01T12:42:30.000+00é0"] {
            assert_eq!(time(none), None, "{none}");
        }
    }
}
