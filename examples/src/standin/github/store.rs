//! What GitHub remembers: requests that wait for the user, codes, and tokens.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use url::Url;
use uuid::Uuid;

use super::account::Account;
use super::pkce::Challenge;

/// "The temporary code will expire after 10 minutes."
/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#2-users-are-redirected-back-to-your-site-by-github>
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

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
    tokens: HashMap<String, Grant>,
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

    pub(super) fn issue_token(&mut self, grant: Grant) -> String {
        let token = format!("gho_{}", &(random() + &random())[..36]);
        self.tokens.insert(token.clone(), grant);
        token
    }

    pub(super) fn grant_of(&self, token: &str) -> Option<&Grant> {
        self.tokens.get(token)
    }

    pub(super) fn revoke_token(&mut self, token: &str) -> Option<Grant> {
        self.tokens.remove(token)
    }

    /// Revokes every token of the account that this token belongs to.
    pub(super) fn revoke_grant(&mut self, token: &str) -> Option<Grant> {
        let revoked = self.tokens.remove(token)?;
        self.tokens.retain(|_, grant| grant.account.id != revoked.account.id);
        Some(revoked)
    }
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
