//! The user at the browser, and the provider that asks them.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde_json::{Map, Value};
use url::Url;

use crate::{
    Operation,
    catalogue::{CATALOGUE, Provider},
    contract::CONTRACT,
    shared::Shared,
    state::{Code, ExternalAccount, OauthState, World},
};

/// A user who is sent to an authorize URL. Each method returns the callback URL that the provider sends the browser to, as
/// Core's callback handler gets it; nothing calls it.
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = ConnectorsMock::start().await;
/// let acme = mock.tenant("acme");
///
/// let started = acme.client().start_oauth("github").send().await?;
/// let callback = mock.user().approves(&started.authorize_url);
///
/// assert_eq!(callback.path(), "/api/connectors/github/callback");
/// assert!(callback.query_pairs().any(|(name, _)| name == "code"));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct User<'a> {
    shared: &'a Shared,
    account: Option<ExternalAccount>,
}

impl<'a> User<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared, account: None }
    }

    /// The user has this account at the provider, in place of the one whose events the catalogue has.
    pub fn signed_in_as(mut self, id: &str, name: &str) -> Self {
        self.account = Some(ExternalAccount { id: id.into(), name: name.into(), url: None });
        self
    }

    /// That account has this page.
    pub fn with_page(mut self, url: &str) -> Self {
        self.account = self.account.map(|account| ExternalAccount { url: Some(url.into()), ..account });
        self
    }

    /// The user approves.
    ///
    /// # Panics
    /// If `authorize_url` is not one that this mock has answered `start_oauth` with.
    #[track_caller]
    pub fn approves(&self, authorize_url: impl AsRef<str>) -> Url {
        let visit = self.visit(authorize_url.as_ref());
        let code = self.shared.world().hand_out(&visit.state, visit.provider, self.account.clone());
        visit.back([("code", code.as_str())])
    }

    /// The user declines.
    ///
    /// # Panics
    /// As [`approves`](Self::approves).
    #[track_caller]
    pub fn denies(&self, authorize_url: impl AsRef<str>) -> Url {
        let visit = self.visit(authorize_url.as_ref());
        // RFC 6749, section 4.1.2.1.
        visit.back([
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request."),
        ])
    }

    /// The user approves, and comes back when the authorization has expired: the mock's clock moves by ten minutes.
    ///
    /// # Panics
    /// As [`approves`](Self::approves).
    #[track_caller]
    pub fn comes_too_late(&self, authorize_url: impl AsRef<str>) -> Url {
        let callback = self.approves(authorize_url);
        let mut world = self.shared.world();
        world.now = world.now.after(Duration::from_secs(10 * 60));
        callback
    }

    /// The user approves, and the `state` changes on the way back.
    ///
    /// # Panics
    /// As [`approves`](Self::approves).
    #[track_caller]
    pub fn tampers_state(&self, authorize_url: impl AsRef<str>) -> Url {
        let mut callback = self.approves(authorize_url);
        let pairs: Vec<(String, String)> = callback.query_pairs().into_owned().collect();
        callback.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(name, value)| match name.as_str() {
            "state" => (name, value.chars().rev().collect()),
            _ => (name, value),
        }));
        callback
    }

    #[track_caller]
    fn visit(&self, authorize_url: &str) -> Visit {
        let url = Url::parse(authorize_url).unwrap_or_else(|error| panic!("{authorize_url} is no URL: {error}"));
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let world = self.shared.world();
        let found = query.get("state").and_then(|state| Some((state.clone(), world.states.get(state)?.clone())));
        let Some((state, row)) = found else {
            drop(world);
            panic!("{authorize_url} is not an authorize URL that this mock has answered `start_oauth` with");
        };
        let provider = CATALOGUE.provider(&row.provider).expect("only providers of the catalogue are authorized");
        Visit { state, row, provider }
    }
}

impl fmt::Debug for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A user at the provider's page.
struct Visit {
    state: String,
    row: OauthState,
    provider: &'static Provider,
}

impl Visit {
    /// Where the provider sends the browser.
    fn back<const N: usize>(&self, answer: [(&str, &str); N]) -> Url {
        let mut url = Url::parse(&self.row.redirect_uri).expect("the mock's redirect URLs are URLs");
        url.query_pairs_mut()
            .extend_pairs(answer)
            .extend_pairs(self.provider.issuer().map(|issuer| ("iss", issuer)))
            .append_pair("state", &self.state);
        url
    }
}

impl World {
    /// The provider's code for an authorization that its user approves.
    pub(crate) fn hand_out(&mut self, state: &str, provider: &Provider, account: Option<ExternalAccount>) -> String {
        let (own, metadata) = identity(provider);
        let code = self.made.code();
        let granted = Code { state: state.to_owned(), account: account.unwrap_or(own), metadata };
        self.codes.insert(code.clone(), granted);
        code
    }
}

/// Whose account it is unless a test says otherwise, and what else the provider says of it: the document's example where
/// that is of this provider, else the account of the recorded events.
pub(crate) fn identity(provider: &Provider) -> (ExternalAccount, Map<String, Value>) {
    let example = CONTRACT.example(Operation::GetConnection);
    if example["provider"] == provider.info.name
        && let Ok(account) = serde_json::from_value(example["external_account"].clone())
    {
        return (account, example["metadata"].as_object().cloned().unwrap_or_default());
    }
    let id = provider.events.iter().find_map(|event| event.account.clone());
    let id = id.unwrap_or_else(|| format!("{}-account", provider.info.name));
    let actors = provider.events.iter().flat_map(|event| &event.signals).filter_map(|signal| signal.actor.clone());
    let actor = actors.into_iter().find(|actor| actor.id == id);
    let (name, url) = actor.map_or_else(|| (id.clone(), None), |actor| (actor.name, actor.url));
    (ExternalAccount { id, name, url }, Map::new())
}
