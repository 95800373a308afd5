//! What Atlassian remembers.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

/// "`expires_in`: … in seconds": an hour.
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// The documentation does not say how long a code is good; this is what RFC 6749, section 4.1.2, has as the most.
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// "Rotating refresh tokens expire after 90 days of user inactivity", and in any case after a year.
const IDLE: Duration = Duration::from_secs(90 * DAY);
const YEAR: Duration = Duration::from_secs(365 * DAY);
/// "Webhooks registered through the REST API expire after 30 days."
const WEBHOOK_LIFETIME: Duration = Duration::from_secs(30 * DAY);
/// "The leeway interval is 10 minutes."
const LEEWAY: Duration = Duration::from_secs(10 * 60);
const DAY: u64 = 24 * 60 * 60;
/// How many webhooks an app can have for a user at a site: "Webhooks", section "Limitations".
const WEBHOOKS: usize = 5;

/// An Atlassian account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account id.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Default for Account {
    /// Whose the recorded deliveries are.
    fn default() -> Self {
        Self { id: "5b10a2844c20165700ede21g".into(), name: "Mia Krystof".into() }
    }
}

/// A site with Jira and Confluence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The cloud id.
    pub cloud_id: String,
    /// The name.
    pub name: String,
    /// The host.
    pub host: String,
}

impl Default for Site {
    /// Where the recorded deliveries are from.
    fn default() -> Self {
        Self {
            cloud_id: "11223344-a1b2-3b33-c444-def123456789".into(),
            name: "acme".into(),
            host: "acme.atlassian.net".into(),
        }
    }
}

/// A dynamic webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The id, unique at its site.
    pub id: u64,
    /// Who has registered it.
    pub account_id: String,
    /// The site.
    pub cloud_id: String,
    /// Where it leads.
    pub url: String,
    /// The events.
    pub events: Vec<String>,
    /// Which issues it is for.
    pub jql_filter: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A webhook to register.
pub(super) struct Registration {
    pub(super) url: String,
    pub(super) events: Vec<String>,
    pub(super) jql_filter: String,
}

/// What the app asks of a user.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) redirect_url: Url,
    pub(super) state: String,
    pub(super) scopes: BTreeSet<String>,
}

#[derive(Debug)]
struct Code {
    request: Request,
    account: Account,
    issued_at: DateTime<Utc>,
}

/// Tokens that are handed out.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    pub(super) scopes: BTreeSet<String>,
}

/// What an access token is good for.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    pub(super) account: Account,
    pub(super) scopes: BTreeSet<String>,
}

/// An access token and the refresh token that came with it.
#[derive(Debug)]
struct Pair {
    access: String,
    refresh: Option<String>,
    issued_at: DateTime<Utc>,
    /// When the refresh token was exchanged first.
    rotated_at: Option<DateTime<Utc>>,
}

/// All tokens that come from one consent.
#[derive(Debug)]
struct Family {
    bearer: Bearer,
    began_at: DateTime<Utc>,
    pairs: Vec<Pair>,
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) account: Account,
    pub(super) sites: Vec<Site>,
    pub(super) leeway: Duration,
    /// The cloud id of the site, and the issue.
    pub(super) issues: Vec<(String, Value)>,
    pub(super) page_size: usize,
    requests: HashMap<String, Request>,
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    webhooks: Vec<Webhook>,
    made: HashMap<String, u64>,
    /// Where the clock stands still, if it was set.
    clock: Option<DateTime<Utc>>,
    clock_ahead: Duration,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            account: Account::default(),
            sites: vec![Site::default()],
            leeway: LEEWAY,
            issues: Vec::new(),
            page_size: usize::MAX,
            requests: HashMap::new(),
            codes: HashMap::new(),
            families: Vec::new(),
            webhooks: Vec::new(),
            made: HashMap::new(),
            clock: None,
            clock_ahead: Duration::ZERO,
        }
    }
}

impl Store {
    pub(super) fn set_clock(&mut self, now: DateTime<Utc>) {
        (self.clock, self.clock_ahead) = (Some(now), Duration::ZERO);
    }

    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock_ahead += by;
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.unwrap_or_else(Utc::now) + self.clock_ahead
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
        let code = random();
        let issued = Code { request, account: self.account.clone(), issued_at: self.now() };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Spends a code, unless it is unknown, already spent, or too old.
    pub(super) fn spend_code(&mut self, code: &str) -> Option<(Request, Account)> {
        let Code { request, account, issued_at } = self.codes.remove(code)?;
        (self.now() < issued_at + CODE_LIFETIME).then_some((request, account))
    }

    pub(super) fn grant(&mut self, account: Account, scopes: BTreeSet<String>) -> Tokens {
        let now = self.now();
        self.families.push(Family { bearer: Bearer { account, scopes }, began_at: now, pairs: Vec::new() });
        self.families.last_mut().map(|family| family.issue(now)).expect("it was just put there")
    }

    /// New tokens for a refresh token, if it is good.
    pub(super) fn rotate(&mut self, refresh: &str) -> Option<Tokens> {
        let (now, leeway) = (self.now(), self.leeway);
        let is_its = |pair: &Pair| pair.refresh.as_deref() == Some(refresh);
        let index = self.families.iter().position(|family| family.pairs.iter().any(is_its))?;
        let family = &mut self.families[index];
        let began_at = family.began_at;
        let pair = family.pairs.iter_mut().find(|pair| is_its(pair))?;
        if now >= pair.issued_at + IDLE || now >= began_at + YEAR {
            return None;
        }
        if pair.rotated_at.is_some_and(|rotated_at| now >= rotated_at + leeway) {
            // "Reuse of old tokens outside the leeway interval invalidates all refresh tokens, and requires the user to re-consent."
            self.families.remove(index);
            return None;
        }
        pair.rotated_at.get_or_insert(now);
        Some(family.issue(now))
    }

    /// What an access token is good for. One whose companion was exchanged is good for the leeway alone.
    pub(super) fn of_token(&self, access: &str) -> Option<Bearer> {
        let now = self.now();
        self.families.iter().find_map(|family| {
            let pair = family.pairs.iter().find(|pair| pair.access == access)?;
            let is_alive = now < pair.issued_at + TOKEN_LIFETIME
                && pair.rotated_at.is_none_or(|rotated_at| now < rotated_at + self.leeway);
            is_alive.then(|| family.bearer.clone())
        })
    }

    pub(super) fn end_access_tokens(&mut self) {
        for pair in self.families.iter_mut().flat_map(|family| &mut family.pairs) {
            pair.issued_at -= TOKEN_LIFETIME;
        }
    }

    pub(super) fn put_issue(&mut self, cloud_id: &str, issue: Value) {
        self.issues.retain(|(site, known)| site != cloud_id || known["id"] != issue["id"]);
        self.issues.push((cloud_id.to_owned(), issue));
    }

    /// The user withdraws the grant, which ends all tokens.
    pub(super) fn withdraw(&mut self, account_id: &str) {
        self.families.retain(|family| family.bearer.account.id != account_id);
    }

    /// All webhooks that have not expired.
    pub(super) fn webhooks(&mut self) -> &mut Vec<Webhook> {
        let now = self.now();
        self.webhooks.retain(|webhook| now < webhook.expires_at);
        &mut self.webhooks
    }

    pub(super) fn webhooks_of(&mut self, account_id: &str, cloud_id: &str) -> Vec<Webhook> {
        let theirs = |webhook: &&Webhook| webhook.account_id == account_id && webhook.cloud_id == cloud_id;
        self.webhooks().iter().filter(theirs).cloned().collect()
    }

    pub(super) fn register(&mut self, account_id: &str, cloud_id: &str, asked: Registration) -> Result<u64, String> {
        let known = self.webhooks_of(account_id, cloud_id);
        // "Only a single URL per app is allowed to be registered."
        if known.iter().any(|webhook| webhook.url != asked.url) {
            return Err("Only a single URL per app is allowed to be registered".into());
        }
        if known.len() >= WEBHOOKS {
            return Err(format!("The app has {WEBHOOKS} webhooks for this user already"));
        }
        let expires_at = self.now() + WEBHOOK_LIFETIME;
        let id = self.made.entry(cloud_id.to_owned()).or_insert(999);
        *id += 1;
        let Registration { url, events, jql_filter } = asked;
        let (id, account_id, cloud_id) = (*id, account_id.to_owned(), cloud_id.to_owned());
        self.webhooks.push(Webhook { id, account_id, cloud_id, url, events, jql_filter, expires_at });
        Ok(id)
    }

    pub(super) fn extend(&mut self, account_id: &str, cloud_id: &str, ids: &[u64]) -> DateTime<Utc> {
        let expires_at = self.now() + WEBHOOK_LIFETIME;
        for webhook in self.webhooks().iter_mut().filter(|it| it.is_one_of(account_id, cloud_id, ids)) {
            webhook.expires_at = expires_at;
        }
        expires_at
    }

    pub(super) fn remove(&mut self, account_id: &str, cloud_id: &str, ids: &[u64]) {
        self.webhooks.retain(|webhook| !webhook.is_one_of(account_id, cloud_id, ids));
    }
}

impl Webhook {
    fn is_one_of(&self, account_id: &str, cloud_id: &str, ids: &[u64]) -> bool {
        self.account_id == account_id && self.cloud_id == cloud_id && ids.contains(&self.id)
    }
}

impl Family {
    fn issue(&mut self, now: DateTime<Utc>) -> Tokens {
        let scopes = self.bearer.scopes.clone();
        let refresh = scopes.contains("offline_access").then(|| format!("refresh-{}", random()));
        // Atlassian's tokens are JWTs, which nobody should read.
        let access = format!("eyJraWQi.{}.{}", random(), random());
        self.pairs.push(Pair { access: access.clone(), refresh: refresh.clone(), issued_at: now, rotated_at: None });
        Tokens { access, refresh, scopes }
    }
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
