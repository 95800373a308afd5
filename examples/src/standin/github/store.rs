//! What GitHub remembers: requests that wait for the user, codes, and tokens.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::account::Account;
use super::pkce::Challenge;

/// "The temporary code will expire after 10 minutes."
/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#2-users-are-redirected-back-to-your-site-by-github>
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// "A refresh token is valid for 6 months."
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens>
const REFRESH_LIFETIME: Duration = Duration::from_secs(15_897_600);

/// How an app's user tokens expire.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    /// How long an access token lives; GitHub's live for 8 hours.
    pub lifetime: Duration,
    /// How long a refresh token that was used is taken once more, as some providers do, so that an answer may be lost. After
    /// that its use counts as theft, and ends all tokens that came of the same code (RFC 9700, section 4.14.2).
    pub leeway: Duration,
}

/// Tokens that were just issued.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) access_token: String,
    /// With how many seconds it lives, and how many the access token does.
    pub(super) refresh_token: Option<(String, u64, u64)>,
}

#[derive(Debug)]
struct Token {
    grant: Grant,
    family: Uuid,
    expires_at: Option<SystemTime>,
}

#[derive(Debug)]
struct RefreshToken {
    grant: Grant,
    family: Uuid,
    expires_at: SystemTime,
    used_at: Option<SystemTime>,
}

/// What an app asks of a user.
#[derive(Debug, Clone)]
pub(super) struct AuthorizationRequest {
    pub(super) redirect_uri: Url,
    pub(super) state: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<Challenge>,
}

/// What a user has granted an app.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) account: Account,
    pub(super) scopes: Vec<String>,
}

#[derive(Debug)]
struct Code {
    request: AuthorizationRequest,
    account: Account,
    issued_at: SystemTime,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) account: Account,
    requests: HashMap<String, AuthorizationRequest>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Token>,
    refresh_tokens: HashMap<String, RefreshToken>,
    pub(super) expiry: Option<Expiry>,
    pub(super) issues: Vec<Value>,
    clock_ahead: Duration,
}

impl Store {
    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock_ahead += by;
    }

    pub(super) fn now(&self) -> SystemTime {
        SystemTime::now() + self.clock_ahead
    }

    /// Keeps a request until the user has decided, and names it.
    pub(super) fn await_decision(&mut self, request: AuthorizationRequest) -> String {
        let id = random();
        self.requests.insert(id.clone(), request);
        id
    }

    pub(super) fn decided(&mut self, id: &str) -> Option<AuthorizationRequest> {
        self.requests.remove(id)
    }

    pub(super) fn issue_code(&mut self, request: AuthorizationRequest) -> String {
        // GitHub's codes have 20 hexadecimal digits.
        let code = random()[..20].to_owned();
        let issued = Code { request, account: self.account.clone(), issued_at: self.now() };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Spends a code, unless it is unknown, already spent, or too old.
    pub(super) fn spend_code(&mut self, code: &str) -> Option<(AuthorizationRequest, Account)> {
        let Code { request, account, issued_at } = self.codes.remove(code)?;
        (self.now() < issued_at + CODE_LIFETIME).then_some((request, account))
    }

    pub(super) fn issue_token(&mut self, grant: Grant) -> Issued {
        self.issue(grant, Uuid::new_v4())
    }

    fn issue(&mut self, grant: Grant, family: Uuid) -> Issued {
        let now = self.now();
        let expiry = self.expiry;
        // Tokens of an OAuth app begin with `gho_`, those of a user of a GitHub App with `ghu_`.
        let prefix = if expiry.is_some() { "ghu" } else { "gho" };
        let access_token = format!("{prefix}_{}", &(random() + &random())[..36]);
        let expires_at = expiry.map(|expiry| now + expiry.lifetime);
        self.tokens.insert(access_token.clone(), Token { grant: grant.clone(), family, expires_at });
        let refresh_token = expiry.map(|expiry| {
            let token = format!("ghr_{}", random() + &random());
            let expires_at = now + REFRESH_LIFETIME;
            self.refresh_tokens.insert(token.clone(), RefreshToken { grant, family, expires_at, used_at: None });
            (token, REFRESH_LIFETIME.as_secs(), expiry.lifetime.as_secs())
        });
        Issued { access_token, refresh_token }
    }

    /// Exchanges a refresh token, which is spent by that, and ends the access tokens that came with it or before.
    pub(super) fn refresh(&mut self, token: &str) -> Option<(Issued, Vec<String>)> {
        let (now, leeway) = (self.now(), self.expiry?.leeway);
        let known = self.refresh_tokens.get_mut(token)?;
        let family = known.family;
        if known.used_at.is_some_and(|used_at| now >= used_at + leeway) {
            self.tokens.retain(|_, token| token.family != family);
            self.refresh_tokens.retain(|_, token| token.family != family);
            return None;
        }
        if now >= known.expires_at {
            return None;
        }
        known.used_at.get_or_insert(now);
        let grant = known.grant.clone();
        let scopes = grant.scopes.clone();
        self.tokens.retain(|_, token| token.family != family);
        Some((self.issue(grant, family), scopes))
    }

    pub(super) fn grant_of(&self, token: &str) -> Option<&Grant> {
        let token = self.tokens.get(token)?;
        token.expires_at.is_none_or(|at| self.now() < at).then_some(&token.grant)
    }

    pub(super) fn revoke_token(&mut self, token: &str) -> Option<Grant> {
        let revoked = self.tokens.remove(token)?;
        self.refresh_tokens.retain(|_, token| token.family != revoked.family);
        Some(revoked.grant)
    }

    /// Revokes every token of the account that this token belongs to.
    pub(super) fn revoke_grant(&mut self, token: &str) -> Option<Grant> {
        let revoked = self.tokens.remove(token)?.grant;
        self.tokens.retain(|_, token| token.grant.account.id != revoked.account.id);
        self.refresh_tokens.retain(|_, token| token.grant.account.id != revoked.account.id);
        Some(revoked)
    }
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
