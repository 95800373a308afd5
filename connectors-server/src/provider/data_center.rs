//! Data centers: a provider that keeps its users' data in several says in its callback in which one.

use url::Url;

use super::Descriptor;
use crate::config::ProviderConfig;

/// A data center of a provider's.
#[derive(Debug, PartialEq, Eq)]
pub struct DataCenter {
    /// What `location` calls it.
    pub location: &'static str,
    /// The origin of its OAuth endpoints, which `accounts-server` repeats.
    pub server: &'static str,
}

/// The callback names a data center that there is none of, or another server than that one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDataCenter;

impl DataCenter {
    /// Where one of the provider's origins is: below the base URL, if there is one, in a folder that is called like its host.
    pub(super) fn place(origin: &str, base_url: Option<&Url>) -> Url {
        let host = origin.strip_prefix("https://").unwrap_or(origin);
        let url = match base_url {
            Some(base) => base.join(&format!("{host}/")),
            None => Url::parse(&format!("https://{host}/")),
        };
        url.unwrap_or_else(|_| unreachable!("{origin} is an origin"))
    }

    fn is_served_by(&self, server: &str, base_url: Option<&Url>) -> bool {
        let server = server.strip_suffix('/').unwrap_or(server);
        let placed = base_url.map(|base| Self::place(self.server, Some(base)));
        server == self.server || placed.is_some_and(|placed| placed.as_str().strip_suffix('/') == Some(server))
    }
}

impl Descriptor {
    /// The data center that a callback names, the first if it names none; `None` if the provider has but one.
    ///
    /// # Errors
    /// If it is not in the list. Nothing is ever sent to a host that a callback names: it only picks from the list.
    pub fn data_center(
        &self,
        config: &ProviderConfig,
        location: Option<&str>,
        server: Option<&str>,
    ) -> Result<Option<&'static DataCenter>, UnknownDataCenter> {
        let Some(first) = self.data_centers.first() else { return Ok(None) };
        let named = match location {
            None => first,
            Some(location) => {
                let known = self.data_centers.iter().find(|center| center.location == location);
                known.ok_or(UnknownDataCenter)?
            }
        };
        match server {
            Some(server) if !named.is_served_by(server, config.base_url.as_ref()) => Err(UnknownDataCenter),
            _ => Ok(Some(named)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Registry;

    #[test]
    fn a_callback_picks_from_the_list_and_nothing_else() {
        let descriptor = Registry.get("zoho-mail").unwrap().descriptor();
        let (real, placed) = (
            ProviderConfig::default(),
            ProviderConfig { base_url: Some("http://127.0.0.1:9/z/".parse().unwrap()), ..ProviderConfig::default() },
        );
        let named = |config: &ProviderConfig, location: Option<&str>, server: Option<&str>| {
            descriptor.data_center(config, location, server).map(|center| center.unwrap().location)
        };
        for (location, server, expected) in [
            (None, None, Ok("us")),
            (Some("eu"), None, Ok("eu")),
            (Some("eu"), Some("https://accounts.zoho.eu"), Ok("eu")),
            (Some("eu"), Some("https://accounts.zoho.eu/"), Ok("eu")),
            (Some("ca"), Some("https://accounts.zohocloud.ca"), Ok("ca")),
            (None, Some("https://accounts.zoho.com"), Ok("us")),
            (None, Some("https://accounts.zoho.eu"), Err(UnknownDataCenter)),
            (Some("eu"), Some("https://accounts.zoho.com"), Err(UnknownDataCenter)),
            (Some("eu"), Some("http://accounts.zoho.eu"), Err(UnknownDataCenter)),
            (Some("eu"), Some("https://accounts.zoho.eu.evil.example"), Err(UnknownDataCenter)),
            (Some("eu"), Some("https://evil.example/accounts.zoho.eu"), Err(UnknownDataCenter)),
            (Some("eu"), Some(""), Err(UnknownDataCenter)),
            (Some("EU"), None, Err(UnknownDataCenter)),
            (Some(""), None, Err(UnknownDataCenter)),
            (Some("evil.example"), None, Err(UnknownDataCenter)),
        ] {
            for config in [&real, &placed] {
                assert_eq!(named(config, location, server), expected, "{location:?} {server:?}");
            }
        }
        let below = Some("http://127.0.0.1:9/z/accounts.zoho.eu");
        assert_eq!(named(&placed, Some("eu"), below), Ok("eu"));
        assert_eq!(named(&placed, Some("us"), below), Err(UnknownDataCenter));
        assert_eq!(named(&real, Some("eu"), below), Err(UnknownDataCenter));
    }

    #[test]
    fn a_provider_with_one_data_center_does_not_look() {
        let descriptor = Registry.get("github").unwrap().descriptor();
        let config = ProviderConfig::default();
        assert_eq!(descriptor.data_center(&config, Some("x"), Some("https://evil.example")), Ok(None));
    }
}
