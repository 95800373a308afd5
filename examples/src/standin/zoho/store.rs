//! What Zoho remembers: requests that wait for the user, codes, tokens, and the emails that were sent and came in.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, SystemTime},
};

use url::Url;
use uuid::Uuid;

/// "Authorization code": it is good for two minutes.
/// <https://www.zoho.com/accounts/protocol/oauth/web-apps/authorization.html>
const CODE_LIFETIME: Duration = Duration::from_secs(2 * 60);

/// "Access tokens are valid for one hour": <https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token.html>
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A data center, of those that the stand-in has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataCenter {
    /// In the United States: `accounts.zoho.com`, where authorizations begin.
    UnitedStates,
    /// In Europe: `accounts.zoho.eu`.
    Europe,
}

impl DataCenter {
    pub(super) fn location(self) -> &'static str {
        match self {
            Self::UnitedStates => "us",
            Self::Europe => "eu",
        }
    }

    /// A product's host: `accounts.zoho.eu`.
    pub(super) fn host(self, product: &str) -> String {
        let domain = match self {
            Self::UnitedStates => "com",
            Self::Europe => "eu",
        };
        format!("{product}.zoho.{domain}")
    }

    pub(super) fn of(product: &str, host: &str) -> Option<Self> {
        [Self::UnitedStates, Self::Europe].into_iter().find(|center| center.host(product) == host)
    }
}

/// Somebody with an account at Zoho and a mailbox. The default is the one of the recorded deliveries of Zoho Mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Where their data are.
    pub center: DataCenter,
    /// The id.
    pub zuid: u64,
    /// The name.
    pub name: String,
    /// The mailbox's address.
    pub mailbox: String,
    /// Other addresses whose emails get there.
    pub aliases: Vec<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            center: DataCenter::UnitedStates,
            zuid: 680_463_218,
            name: "Scott Lang".into(),
            mailbox: "scott.lang@zohocorp.com".into(),
            aliases: vec!["ant-man@zohocorp.com".into()],
        }
    }
}

/// An email in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub from: String,
    /// Whom it is to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// When it was sent, in milliseconds since 1970.
    pub sent: u64,
}

/// A folder of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Inbox,
    Sent,
}

/// What an app asks of a user.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) redirect_url: Url,
    pub(super) state: Option<String>,
    pub(super) scopes: BTreeSet<String>,
    /// Whether the app wants a refresh token.
    pub(super) offline: bool,
}

#[derive(Debug)]
struct Code {
    request: Request,
    user: User,
    issued_at: SystemTime,
}

/// What the app may do for a user.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) user: User,
    pub(super) scopes: BTreeSet<String>,
    pub(super) refresh_token: String,
    /// Access tokens, and when they were made.
    access_tokens: HashMap<String, SystemTime>,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) user: User,
    requests: HashMap<String, Request>,
    codes: HashMap<String, Code>,
    grants: Vec<Grant>,
    emails: Vec<(String, Folder, Email)>,
    clock_ahead: Duration,
}

impl Store {
    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock_ahead += by;
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() + self.clock_ahead
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
        let code = format!("1000.{}.{}", random(), random());
        let issued = Code { request, user: self.user.clone(), issued_at: self.now() };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Spends a code, unless it is unknown, already spent, too old, or of another data center.
    pub(super) fn spend_code(&mut self, center: DataCenter, code: &str) -> Option<(Request, User)> {
        self.codes.get(code).filter(|code| code.user.center == center)?;
        let Code { request, user, issued_at } = self.codes.remove(code)?;
        (self.now() < issued_at + CODE_LIFETIME).then_some((request, user))
    }

    /// Makes a grant with a refresh token of its own, and a first access token.
    pub(super) fn grant(&mut self, user: User, scopes: BTreeSet<String>) -> (Grant, String) {
        let refresh_token = format!("1000.{}.refresh", random());
        self.grants.push(Grant { user, scopes, refresh_token: refresh_token.clone(), access_tokens: HashMap::new() });
        let now = self.now();
        let grant = self.grants.last_mut().unwrap_or_else(|| unreachable!("one was pushed"));
        let token = grant.access_token(now);
        (grant.clone(), token)
    }

    /// Makes another access token; the refresh token stays.
    pub(super) fn refresh(&mut self, center: DataCenter, refresh_token: &str) -> Option<String> {
        let now = self.now();
        let mut grants = self.grants.iter_mut();
        let grant = grants.find(|grant| grant.user.center == center && grant.refresh_token == refresh_token)?;
        Some(grant.access_token(now))
    }

    /// The grant of an access token that is good in this data center.
    pub(super) fn of_token(&self, center: DataCenter, token: &str) -> Option<&Grant> {
        let is_good = |grant: &&Grant| {
            let made = grant.access_tokens.get(token);
            grant.user.center == center && made.is_some_and(|made| self.now() < *made + TOKEN_LIFETIME)
        };
        self.grants.iter().find(is_good)
    }

    /// Ends a refresh token, with the access tokens that were made of it, or an access token. Whether it was there.
    pub(super) fn revoke(&mut self, center: DataCenter, token: &str) -> bool {
        let before = self.grants.len();
        self.grants.retain(|grant| grant.user.center != center || grant.refresh_token != token);
        let mut was_access = false;
        for grant in self.grants.iter_mut().filter(|grant| grant.user.center == center) {
            was_access |= grant.access_tokens.remove(token).is_some();
        }
        was_access || self.grants.len() < before
    }

    pub(super) fn put(&mut self, folder: Folder, email: Email) {
        self.emails.push((self.user.mailbox.clone(), folder, email));
    }

    pub(super) fn delete(&mut self, id: u64) {
        self.emails.retain(|(_, _, email)| email.id != id);
    }

    /// What is in a folder of a mailbox, the newest first.
    pub(super) fn emails(&self, mailbox: &str, folder: Folder) -> Vec<&Email> {
        let is_there = |(owner, place, _): &&(String, Folder, Email)| owner == mailbox && *place == folder;
        let mut emails: Vec<&Email> = self.emails.iter().filter(is_there).map(|(_, _, email)| email).collect();
        emails.sort_by_key(|email| std::cmp::Reverse((email.sent, email.id)));
        emails
    }
}

impl Grant {
    fn access_token(&mut self, now: SystemTime) -> String {
        let token = format!("1000.{}.access", random());
        self.access_tokens.insert(token.clone(), now);
        token
    }
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
