//! Authorize URLs: the catalogue's template, filled in. They lead to the mock itself, which plays the provider there.

use url::Url;

use crate::{catalogue::Provider, state::OAuthState};

/// The client id of the service's apps at the providers.
const CLIENT_ID: &str = "client-id";

const SCOPE: &str = "{scope}";

/// An authorization that waits for its URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuthorizeUrl<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) row: &'a OAuthState,
    pub(crate) state: &'a str,
    pub(crate) code_challenge: &'a str,
}

impl AuthorizeUrl<'_> {
    /// The URL at this origin, beneath the provider's name.
    pub(crate) fn at(self, origin: &str) -> Url {
        let mut url = Url::parse(origin).expect("the mock's origin is a URL");
        url.set_path(&path(self.provider));
        url.query_pairs_mut()
            .extend_pairs(self.provider.authorize.query.iter().map(|(name, template)| (name, self.fill(template))));
        url
    }

    fn fill(self, template: &str) -> String {
        if let Some((always, separator)) = template.strip_suffix(SCOPE).and_then(|rest| rest.split_once(SCOPE)) {
            return format!("{always}{}", self.row.scopes.join(separator));
        }
        match template {
            "{client_id}" => CLIENT_ID,
            "{redirect_uri}" => &self.row.redirect_uri,
            "{state}" => self.state,
            "{code_challenge}" => self.code_challenge,
            fixed => fixed,
        }
        .to_owned()
    }
}

/// Where the mock plays a provider.
pub(crate) fn path(provider: &Provider) -> String {
    format!("/{}{}", provider.info.name, provider.authorize.path)
}
