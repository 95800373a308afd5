//! The user at the browser, and the provider that asks them.

use std::{fmt, time::Duration};

use url::Url;

use crate::{
    Tenant,
    catalogue::{Account, CATALOGUE, Provider},
    shared::Shared,
    state::{Code, ExternalAccount, OAuthState, STATE_LIFETIME, StateStatus, World},
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
    ///
    /// # Panics
    /// If it was not said [whose account](Self::signed_in_as) it is.
    #[track_caller]
    pub fn with_page(mut self, url: &str) -> Self {
        let Some(account) = &mut self.account else {
            panic!("whose page it is says `signed_in_as`, which goes before")
        };
        account.url = Some(url.into());
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
        self.visit(authorize_url.as_ref()).denied()
    }

    /// The user approves, but what comes back is the callback of an authorization that somebody started for another tenant:
    /// its `state` is not the one in this user's session.
    ///
    /// ```
    /// # use connectors_mock::ConnectorsMock;
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = ConnectorsMock::start().await;
    /// let (acme, mallory) = (mock.tenant("acme"), mock.tenant("mallory"));
    ///
    /// let started = acme.client().start_oauth("github").send().await?;
    /// let callback = mock.user().approves_as(&mallory, &started.authorize_url);
    ///
    /// let query = callback.query().unwrap_or_default().parse()?;
    /// assert!(acme.client().complete_oauth("github", query, &started.state).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`approves`](Self::approves).
    #[track_caller]
    pub fn approves_as(&self, other: &Tenant, authorize_url: impl AsRef<str>) -> Url {
        let mut visit = self.visit(authorize_url.as_ref());
        let mut world = self.shared.world();
        visit.state = world.made.token();
        visit.row = OAuthState {
            tenant: *other.id().as_uuid(),
            expires_at: world.now.after(STATE_LIFETIME),
            authorize_url: None,
            status: StateStatus::Open,
            code: None,
            ..visit.row
        };
        world.states.insert(visit.state.clone(), visit.row.clone());
        let code = world.hand_out(&visit.state, visit.provider, self.account.clone());
        visit.back([("code", code.as_str())])
    }

    /// The user comes back once more with what the provider sent them back with before: they reload the page, or the
    /// browser's history was read.
    ///
    /// # Panics
    /// If the user has not [approved](Self::approves) at this URL yet.
    #[track_caller]
    pub fn replays(&self, authorize_url: impl AsRef<str>) -> Url {
        let visit = self.visit(authorize_url.as_ref());
        let code = self.shared.world().handed_out.get(&visit.state).cloned();
        let Some(code) = code else { panic!("nobody has approved at {} yet", authorize_url.as_ref()) };
        visit.back([("code", code.as_str())])
    }

    /// The user approves, and comes back when the authorization has expired: the mock's clock moves by ten minutes.
    ///
    /// # Panics
    /// As [`approves`](Self::approves).
    #[track_caller]
    pub fn comes_too_late(&self, authorize_url: impl AsRef<str>) -> Url {
        let callback = self.approves(authorize_url);
        let expired = self.shared.world().now.after(STATE_LIFETIME);
        self.shared.pass_until(expired);
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
        // A panic in a closure would name this file in place of the caller's.
        let url = match Url::parse(authorize_url) {
            Ok(url) => url,
            Err(error) => panic!("{authorize_url} is no URL: {error}"),
        };
        match Visit::at(self.shared, &url) {
            Ok(visit) => visit,
            Err(why) => {
                panic!("{authorize_url} is not an authorize URL that this mock has answered `start_oauth` with: {why}")
            }
        }
    }
}

impl fmt::Debug for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A user at the provider's page.
pub(super) struct Visit {
    pub(super) state: String,
    pub(super) row: OAuthState,
    provider: &'static Provider,
}

impl Visit {
    /// The visit to an authorize URL, if it is one that the mock has made; else what is wrong with it.
    pub(super) fn at(shared: &Shared, url: &Url) -> Result<Self, String> {
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").ok_or("it has no `state`")?;
        let row = shared.world().states.get(state.as_ref()).cloned().ok_or("nobody was given its `state`")?;
        let made = row.authorize_url.as_ref().ok_or("nobody was sent anywhere with its `state`")?;
        match difference(made, url) {
            Some(difference) => Err(difference),
            None => {
                let provider =
                    CATALOGUE.provider(&row.provider).expect("only providers of the catalogue are authorized");
                Ok(Self { state: state.into_owned(), row, provider })
            }
        }
    }

    /// Where the provider sends the browser of a user who declines (RFC 6749, section 4.1.2.1).
    pub(super) fn denied(&self) -> Url {
        self.back([
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request."),
        ])
    }

    /// Where the user's data are, which is told with a code.
    fn data_center(&self, has_code: bool) -> Vec<(&'static str, &'static str)> {
        let center = self.provider.data_centers.first().filter(|_| has_code);
        center.map_or(Vec::new(), |(location, server)| vec![("location", location), ("accounts-server", server)])
    }

    /// Where the provider sends the browser.
    pub(super) fn back<const N: usize>(&self, answer: [(&str, &str); N]) -> Url {
        let mut url = Url::parse(&self.row.redirect_uri).expect("the mock's redirect URLs are URLs");
        url.query_pairs_mut()
            .extend_pairs(answer)
            .extend_pairs(self.provider.issuer().map(|issuer| ("iss", issuer)))
            .extend_pairs(self.data_center(answer[0].0 == "code"))
            .append_pair("state", &self.state);
        url
    }
}

/// How a URL differs from the authorize URL that was made, but for the order of its parameters.
fn difference(made: &Url, url: &Url) -> Option<String> {
    let place = |url: &Url| format!("{}{}", url.origin().ascii_serialization(), url.path());
    if place(made) != place(url) {
        return Some(format!("it leads to {}, not to {}", place(url), place(made)));
    }
    let parameters = |url: &Url| {
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        pairs.sort();
        pairs
    };
    let (made, given) = (parameters(made), parameters(url));
    if made == given {
        return None;
    }
    let (changed, _) = made
        .iter()
        .find(|pair| !given.contains(pair))
        .or_else(|| given.iter().find(|pair| !made.contains(pair)))
        .or(given.last())?;
    let value = |pairs: &[(String, String)]| {
        let values: Vec<_> =
            pairs.iter().filter(|(name, _)| name == changed).map(|(_, value)| format!("`{value}`")).collect();
        if values.is_empty() { "not there".to_owned() } else { values.join(" and ") }
    };
    Some(format!("its `{changed}` is {}, and was {}", value(&given), value(&made)))
}

impl World {
    /// The provider's code for an authorization that its user approves.
    pub(crate) fn hand_out(&mut self, state: &str, provider: &Provider, account: Option<ExternalAccount>) -> String {
        let Account { external_account, metadata, .. } = provider.account.clone();
        let code = self.made.code();
        let expires_at = self.now.after(Duration::from_secs(provider.code_lifetime_seconds));
        let account = account.unwrap_or(external_account);
        let granted = Code { state: state.to_owned(), expires_at, account, metadata };
        self.codes.insert(code.clone(), granted);
        self.handed_out.insert(state.to_owned(), code.clone());
        code
    }
}
