//! Where providers may send users back to.

use url::{Host, Url};

use super::{Environment, parse};

const PLACEHOLDER: &str = "{provider}";

/// The redirect URLs of this deployment, each with `{provider}` in it.
#[derive(Debug, Clone, Default)]
pub struct Redirects {
    default: Option<String>,
    allowed: Vec<String>,
}

impl Redirects {
    /// The default URL and further ones that a request may name.
    ///
    /// # Errors
    /// Says what is wrong with the first template that can't be used.
    pub fn new(default: Option<&str>, allowed: &[&str]) -> Result<Self, String> {
        Ok(Self {
            default: default.map(template).transpose()?,
            allowed: allowed.iter().map(|text| template(text)).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn read(env: &mut Environment, needed: bool) -> Self {
        const DEFAULT: &str = "POBLYSH_OAUTH_REDIRECT_URL";
        const ALLOWED: &str = "POBLYSH_OAUTH_REDIRECT_ALLOWLIST";
        let redirects = Self {
            default: env.optional(DEFAULT, template),
            allowed: env
                .optional(ALLOWED, |text| parse::list(text)?.iter().map(|item| template(item)).collect())
                .unwrap_or_default(),
        };
        if needed && env.get(DEFAULT).is_none() && env.get(ALLOWED).is_none() {
            env.problem(DEFAULT, "is required once a provider has credentials (or POBLYSH_OAUTH_REDIRECT_ALLOWLIST)");
        }
        redirects
    }

    /// The redirect URL for `provider`: the one asked for if it is allowed, else the default.
    ///
    /// # Errors
    /// Says what is wrong with the one asked for.
    pub fn resolve(&self, provider: &str, asked: Option<&str>) -> Result<String, String> {
        let fill = |template: &String| template.replace(PLACEHOLDER, provider);
        match asked {
            None => self
                .default
                .as_ref()
                .map(fill)
                .ok_or_else(|| "is required: this service has no default redirect URL".into()),
            Some(asked) => self
                .default
                .iter()
                .chain(&self.allowed)
                .map(fill)
                .find(|allowed| allowed == asked)
                .ok_or_else(|| "is not a redirect URL that this service allows for the provider".into()),
        }
    }
}

fn template(text: &str) -> Result<String, String> {
    if !text.contains(PLACEHOLDER) {
        return Err("must have {provider} in it, as https://core.example/api/connectors/{provider}/callback".into());
    }
    let url = Url::parse(&text.replace(PLACEHOLDER, "provider")).map_err(|_| "must be an absolute URL")?;
    if url.fragment().is_some() {
        return Err("must have no fragment (RFC 6749, section 3.1.2)".into());
    }
    if is_https_or_loopback(&url) { Ok(text.to_owned()) } else { Err("must be https, or http on loopback".into()) }
}

/// Whether what is sent to `url` can't be read on the way.
pub(super) fn is_https_or_loopback(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}
