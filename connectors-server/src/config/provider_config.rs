//! What a deployment knows of each provider.

use std::collections::BTreeMap;

use url::Url;

use super::{Environment, parse, redirects::is_https_or_loopback};
use crate::{
    model::Secret,
    provider::{self, Descriptor, is_public_key},
};

/// An OAuth app registered with a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthApp {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret,
}

/// A provider's credentials and endpoints.
#[derive(Debug, Clone, Default)]
pub struct ProviderConfig {
    /// The OAuth app; without it no tenant can connect.
    pub app: Option<OAuthApp>,
    /// The secrets that the app's deliveries are signed with; several while it is rotated.
    pub webhook_secrets: Vec<Secret>,
    /// Where the provider's endpoints live, if not at the provider itself.
    pub base_url: Option<Url>,
    /// The values of its other variables, by their names without the prefix.
    pub settings: BTreeMap<&'static str, String>,
}

/// A variable that a provider has beside those that all have.
#[derive(Debug)]
pub struct ProviderSetting {
    /// Its name without the prefix.
    pub name: &'static str,
    /// What it is, for `--help`.
    pub help: &'static str,
    /// What is wrong with a value, if it is malformed.
    pub check: fn(&str) -> Result<(), String>,
}

/// All providers' configurations by slug.
#[derive(Debug, Clone, Default)]
pub struct ProviderConfigs(BTreeMap<&'static str, ProviderConfig>);

impl ProviderConfigs {
    /// Adds or replaces the configuration of the provider `slug`.
    pub fn with(mut self, slug: &'static str, config: ProviderConfig) -> Self {
        self.0.insert(slug, config);
        self
    }

    pub(super) fn read(env: &mut Environment) -> Self {
        Self(provider::descriptors().map(|descriptor| (descriptor.name, read(env, descriptor))).collect())
    }

    /// The configuration of `slug`.
    pub fn get(&self, slug: &str) -> ProviderConfig {
        self.0.get(slug).cloned().unwrap_or_default()
    }

    /// The slugs of the providers that have OAuth credentials.
    pub fn configured(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, config)| config.app.is_some()).map(|(slug, _)| *slug).collect()
    }
}

/// Shorter secrets than this can be guessed; they work, with a warning.
const SHORT: usize = 16;

/// The prefix of a provider's variables: `google-drive` has `POBLYSH_GOOGLE_DRIVE`.
pub(super) fn prefix(slug: &str) -> String {
    format!("POBLYSH_{}", slug.to_uppercase().replace('-', "_"))
}

fn read(env: &mut Environment, descriptor: &Descriptor) -> ProviderConfig {
    let own = prefix(descriptor.name);
    let prefixes: Vec<String> = std::iter::once(own.clone()).chain(descriptor.family.map(prefix)).collect();
    // The first that is set, else the provider's own name.
    let named = |env: &Environment, name: &str| {
        let mut names = prefixes.iter().map(|prefix| format!("{prefix}_{name}"));
        names.find(|name| env.get(name).is_some()).unwrap_or_else(|| format!("{own}_{name}"))
    };
    let webhook_secret = named(env, "WEBHOOK_SECRET");
    let webhook_secrets = env.optional(&webhook_secret, parse::secrets).unwrap_or_default();
    if webhook_secrets.iter().any(|secret| secret.len() < SHORT) {
        env.warning(format!("{webhook_secret} holds a secret of less than {SHORT} characters, which can be guessed"));
    }
    if descriptor.webhook.takes_public_key() && !webhook_secrets.iter().all(|key| is_public_key(key)) {
        env.problem(&webhook_secret, "must be an RSA public key of 2048 bits or more, in PEM or in Base64");
    }
    let settings = descriptor.settings.iter().filter_map(|setting| {
        let value = env.optional(&named(env, setting.name), |value| (setting.check)(value).map(|()| value.to_owned()));
        Some((setting.name, value?))
    });
    let settings = settings.collect();
    ProviderConfig {
        app: prefixes.iter().find_map(|prefix| app(env, prefix)),
        webhook_secrets: webhook_secrets.into_iter().map(Secret::new).collect(),
        base_url: env.optional(&named(env, "BASE_URL"), base_url),
        settings,
    }
}

/// The app that the variables with this prefix name. Id and secret belong together, so no fallback fills half a pair.
fn app(env: &mut Environment, prefix: &str) -> Option<OAuthApp> {
    let (id, secret) = (format!("{prefix}_CLIENT_ID"), format!("{prefix}_CLIENT_SECRET"));
    match (env.get(&id), env.get(&secret)) {
        (Some(client_id), Some(client_secret)) => {
            Some(OAuthApp { client_id, client_secret: Secret::new(client_secret) })
        }
        (None, None) => None,
        (Some(_), None) => {
            env.problem(&secret, format!("is required, because {id} is set"));
            None
        }
        (None, Some(_)) => {
            env.problem(&id, format!("is required, because {secret} is set"));
            None
        }
    }
}

/// The URL of a folder at which an API lives.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|_| "must be an absolute URL")?;
    if !is_https_or_loopback(&url) || url.query().is_some() || url.fragment().is_some() {
        return Err("must be https, or http on loopback, without query and fragment".into());
    }
    // `Url::join` replaces what follows the last slash.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}
