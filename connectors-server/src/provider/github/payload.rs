//! GitHub's payloads, as far as rules read them.
//!
//! A body may be 25 MiB, so nothing else of it is kept while it is read. What is missing or null is no error; a body with a
//! field of another type is none that GitHub sends.

use serde::{Deserialize, de::IgnoredAny};

use crate::model::{Reference, SignalDraft, SignalKind, Timestamp, display_text, web_url};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload {
    pub(super) action: Option<String>,
    pub(super) number: Option<u64>,
    pub(super) issue: Option<Subject>,
    pub(super) comment: Option<Item>,
    pub(super) pull_request: Option<Subject>,
    pub(super) review: Option<Item>,
    pub(super) release: Option<Release>,
    pub(super) repository: Option<Repository>,
    pub(super) organization: Option<Account>,
    pub(super) installation: Option<Installation>,
    pub(super) sender: Option<Account>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
    pub(super) after: Option<String>,
    pub(super) deleted: Option<bool>,
    pub(super) commits: Option<Vec<IgnoredAny>>,
    pub(super) compare: Option<String>,
    pub(super) head_commit: Option<Commit>,
}

/// An issue or a pull request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    pub(super) number: Option<u64>,
    pub(super) title: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) closed_at: Option<String>,
    pub(super) merged_at: Option<String>,
    pub(super) merged: Option<bool>,
}

/// A comment or a review.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    pub(super) html_url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) submitted_at: Option<String>,
    pub(super) state: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Release {
    pub(super) tag_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) published_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Repository {
    pub(super) id: Option<u64>,
    pub(super) full_name: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) pushed_at: Option<PushedAt>,
    pub(super) owner: Option<Account>,
}

/// Seconds since 1970 in `push` events, a timestamp or null in the others.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum PushedAt {
    Seconds(i64),
    Text(String),
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Installation {
    pub(super) account: Option<Account>,
}

/// A user or an organization.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Account {
    pub(super) id: Option<u64>,
    pub(super) login: Option<String>,
    pub(super) html_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Commit {
    pub(super) message: Option<String>,
    pub(super) timestamp: Option<String>,
}

/// A time as GitHub writes it.
pub(super) fn time(text: Option<&String>) -> Option<Timestamp> {
    Timestamp::parse(text?).ok()
}

impl Payload {
    /// The account that the event happened in: the repository's owner, else the organization, else the installation's
    /// account. Never the sender, who may be anybody.
    pub(super) fn account(&self) -> Option<String> {
        let id = |account: Option<&Account>| account.and_then(|account| account.id);
        let owner = self.repository.as_ref().and_then(|repository| repository.owner.as_ref());
        let installed = self.installation.as_ref().and_then(|installation| installation.account.as_ref());
        // The owner that a `push` names may have a name and an address alone.
        let account = id(owner).or_else(|| id(self.organization.as_ref())).or_else(|| id(installed))?;
        Some(account.to_string())
    }

    /// A signal with what all of them share.
    pub(super) fn signal(
        &self,
        kind: SignalKind,
        title: &str,
        occurred_at: Option<Timestamp>,
        url: Option<&String>,
    ) -> SignalDraft {
        let link = |url: Option<&String>| url.and_then(|url| web_url(url));
        SignalDraft {
            kind,
            occurred_at,
            title: display_text(title),
            url: link(url),
            actor: self.sender.as_ref().and_then(|sender| {
                Some(Reference {
                    id: sender.id?.to_string(),
                    name: display_text(sender.login.as_ref()?),
                    url: link(sender.html_url.as_ref()),
                })
            }),
            source: self.repository.as_ref().and_then(|repository| {
                Some(Reference {
                    id: repository.id?.to_string(),
                    name: display_text(repository.full_name.as_ref()?),
                    url: link(repository.html_url.as_ref()),
                })
            }),
        }
    }
}
