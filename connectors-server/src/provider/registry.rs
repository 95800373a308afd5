//! The list of providers.

use super::{Descriptor, Provider, github, google, jira, slack, zoho};
use crate::{config::ProviderConfig, model::ProviderInfo};

/// Every provider, one line each.
static PROVIDERS: &[&dyn Provider] = &[
    &github::GitHub,
    &google::GMAIL,
    &google::CALENDAR,
    &google::DRIVE,
    &jira::Jira,
    &slack::Slack,
    &zoho::CLIQ,
    &zoho::MAIL,
];

/// What never changes about each provider, sorted by name.
pub fn descriptors() -> impl Iterator<Item = &'static Descriptor> {
    PROVIDERS.iter().map(|provider| provider.descriptor())
}

/// Finds providers by their slugs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registry;

impl Registry {
    /// The provider with the slug `name`.
    pub fn get(self, name: &str) -> Option<&'static dyn Provider> {
        PROVIDERS.iter().copied().find(|provider| provider.descriptor().name == name)
    }

    /// The slug that `name` is most likely a misspelling of.
    pub fn nearest(self, name: &str) -> Option<&'static str> {
        crate::suggest::nearest(name, descriptors().map(|descriptor| descriptor.name))
    }
}

impl Descriptor {
    /// The provider as `GET /providers` shows it.
    pub fn info(&self, config: &ProviderConfig) -> ProviderInfo {
        ProviderInfo {
            name: self.name,
            display_name: self.display_name,
            auth_type: "oauth2",
            scopes: self.scopes,
            webhooks: true,
            signal_kinds: self.signal_kinds,
            available: config.app.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::descriptors;

    #[test]
    fn providers_are_sorted_and_their_lists_too() {
        let names: Vec<_> = descriptors().map(|descriptor| descriptor.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for descriptor in descriptors() {
            assert!(descriptor.scopes.is_sorted_by(|a, b| a < b), "{}", descriptor.name);
            assert!(descriptor.signal_kinds.is_sorted_by(|a, b| a < b), "{}", descriptor.name);
        }
    }
}
