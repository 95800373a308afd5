//! What Google remembers of users: requests that wait for them, codes, grants and tokens.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use url::Url;
use uuid::Uuid;

use super::{calendar::Calendar, channels::Channels, drive::Drive, gmail::Mailbox};

/// "expires_in: The remaining lifetime of the access token in seconds", which is 3599 in all of the documentation's answers.
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(3599);

/// Ten minutes, as RFC 6749, section 4.1.2 has it at most: the documentation is silent.
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A Google account. The default is the one of the recorded changes.
///
/// ```
/// use connectors_examples::standin::google::Account;
///
/// let charles = Account { sub: "108204268033311374519".into(), email: "charles@example.com".into(), name: "Charles".into() };
/// assert_ne!(charles, Account::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id, which never changes.
    pub sub: String,
    /// The address, which may.
    pub email: String,
    /// The name.
    pub name: String,
}

impl Default for Account {
    fn default() -> Self {
        Self { sub: "110248495921238986420".into(), email: "ada@example.com".into(), name: "Ada Lovelace".into() }
    }
}

/// What an app asks of a user.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) redirect_uri: Url,
    pub(super) state: Option<String>,
    pub(super) scopes: BTreeSet<String>,
    /// With all that was granted before.
    pub(super) includes_granted: bool,
    /// A refresh token is given.
    pub(super) is_offline: bool,
    /// The S256 challenge.
    pub(super) challenge: Option<String>,
}

#[derive(Debug)]
struct Code {
    request: Request,
    account: Account,
    issued_at: DateTime<Utc>,
}

/// A token, and what it is good for.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) account: Account,
    pub(super) scopes: BTreeSet<String>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) account: Account,
    /// The scopes that the user unticks on the consent page.
    pub(super) unticked: BTreeSet<String>,
    requests: HashMap<String, Request>,
    codes: HashMap<String, Code>,
    /// What each account has granted the app, by `sub`.
    grants: HashMap<String, BTreeSet<String>>,
    tokens: HashMap<String, Token>,
    refresh_tokens: HashMap<String, Token>,
    pub(super) drives: HashMap<String, Drive>,
    pub(super) calendars: HashMap<String, Calendar>,
    pub(super) mailboxes: HashMap<String, Mailbox>,
    pub(super) channels: Channels,
    /// How many push messages there were.
    pub(super) pushed: u64,
    clock_ahead: TimeDelta,
}

impl Store {
    pub(super) fn advance_clock(&mut self, by: TimeDelta) {
        self.clock_ahead += by;
    }

    pub(super) fn set_clock(&mut self, now: DateTime<Utc>) {
        self.clock_ahead = now - Utc::now();
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.clock_ahead
    }

    /// The time of something that happens: a second later than all before, so that nothing happens at once.
    pub(super) fn tick(&mut self) -> DateTime<Utc> {
        self.advance_clock(TimeDelta::seconds(1));
        self.now()
    }

    /// Keeps a request until the user has decided, and names it.
    pub(super) fn await_decision(&mut self, request: Request) -> String {
        let id = random();
        self.requests.insert(id.clone(), request);
        id
    }

    pub(super) fn decided(&mut self, id: &str) -> Option<Request> {
        self.requests.remove(id)
    }

    pub(super) fn issue_code(&mut self, request: Request) -> String {
        let code = format!("4/0A{}", random() + &random());
        let issued = Code { request, account: self.account.clone(), issued_at: self.now() };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Spends a code, unless it is unknown, already spent, or too old.
    pub(super) fn spend_code(&mut self, code: &str) -> Option<(Request, Account)> {
        let Code { request, account, issued_at } = self.codes.remove(code)?;
        (self.now() < issued_at + CODE_LIFETIME).then_some((request, account))
    }

    /// Grants what was asked for and not unticked: an access token, and what it is good for.
    pub(super) fn grant(&mut self, request: &Request, account: Account) -> (String, BTreeSet<String>) {
        let granted: BTreeSet<String> = request.scopes.difference(&self.unticked).cloned().collect();
        let all = self.grants.entry(account.sub.clone()).or_default();
        all.extend(granted.iter().cloned());
        // "The new access token will also cover any scopes to which the user previously granted the application access."
        let scopes = if request.includes_granted { all.clone() } else { granted };
        (self.issue(account, scopes.clone()), scopes)
    }

    pub(super) fn issue(&mut self, account: Account, scopes: BTreeSet<String>) -> String {
        let token = format!("ya29.{}", random() + &random());
        let expires_at = Some(self.now() + TOKEN_LIFETIME);
        self.tokens.insert(token.clone(), Token { account, scopes, expires_at });
        token
    }

    pub(super) fn issue_refresh_token(&mut self, account: Account, scopes: BTreeSet<String>) -> String {
        let token = format!("1//0{}", random());
        self.refresh_tokens.insert(token.clone(), Token { account, scopes, expires_at: None });
        token
    }

    pub(super) fn of_refresh_token(&self, token: &str) -> Option<&Token> {
        self.refresh_tokens.get(token)
    }

    /// Whose access token it is, if it is good.
    pub(super) fn of_token(&self, token: &str) -> Option<&Token> {
        let now = self.now();
        self.tokens.get(token).filter(|token| token.expires_at.is_none_or(|end| end > now))
    }

    /// Takes back all that the user of a token has granted the app, if it is one and good.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let found = self.of_token(token).or_else(|| self.of_refresh_token(token));
        let Some(sub) = found.map(|token| token.account.sub.clone()) else { return false };
        self.withdraw(&sub);
        true
    }

    pub(super) fn has_grant(&self, sub: &str) -> bool {
        self.grants.contains_key(sub)
    }

    pub(super) fn withdraw(&mut self, sub: &str) {
        self.grants.remove(sub);
        self.tokens.retain(|_, token| token.account.sub != sub);
        self.refresh_tokens.retain(|_, token| token.account.sub != sub);
    }
}

pub(super) fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A time as Google writes it.
pub(super) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
