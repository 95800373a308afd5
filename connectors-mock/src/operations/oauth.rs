//! Connecting an account.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Call;
use crate::{
    catalogue::Provider,
    contract::Parsed,
    http::{Answer, Fields, Problem, json_fields},
    provider::AuthorizeUrl,
    state::{Code, Connection, OAuthState, STATE_LIFETIME, StateStatus},
    timestamp::Timestamp,
};

/// What the provider sent the user back with.
enum Outcome {
    Code(String),
    Error(String),
}

impl Call<'_> {
    pub(super) fn start_oauth(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct Started {
            authorize_url: String,
            state: String,
            expires_at: Timestamp,
        }

        let mut fields = Fields::default();
        self.incoming.query().refuse_unknown(&mut fields);
        let mut asked = self.body_fields(&mut fields);
        let provider = self.incoming.provider();
        let (mut scopes, mut redirect_uri) = (None, None);
        if let Ok(provider) = &provider {
            let name = provider.info.name.as_str();
            // Without credentials there need be no redirect URL; then that alone is worth saying.
            let asked_uri = asked.remove("redirect_uri").map(Parsed::into_text);
            if asked_uri.is_some() || !self.settings.not_configured.contains(name) {
                redirect_uri = fields.check("redirect_uri", self.settings.redirect_uri(name, asked_uri.as_deref()));
            }
            let asked_scopes = asked.remove("scopes").map(Parsed::into_texts);
            let allowed = asked_scopes
                .map_or(Ok(provider.info.scopes.clone()), |scopes| allowed_scopes(scopes, &provider.info.scopes));
            scopes = fields.check("scopes", allowed);
        }
        fields.finish()?;
        let provider = provider?;
        let name = provider.info.name.as_str();
        self.configured(provider)?;

        let (state, verifier) = (self.world.made.token(), self.world.made.token());
        let mut row = OAuthState {
            tenant: self.caller.tenant(),
            provider: name.to_owned(),
            redirect_uri: redirect_uri.unwrap_or_default(),
            scopes: scopes.unwrap_or_default(),
            expires_at: self.world.now.after(STATE_LIFETIME),
            authorize_url: None,
            status: StateStatus::Open,
            code: None,
        };
        let code_challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let url = AuthorizeUrl { provider, row: &row, state: &state, code_challenge: &code_challenge }.at(self.origin);
        let started = Started { authorize_url: url.to_string(), state: state.clone(), expires_at: row.expires_at };
        row.authorize_url = Some(url);
        self.world.begin(state, row);
        Ok(Answer::json(200, &started))
    }

    /// The body's fields, each with its value if it is what the document says.
    fn body_fields(&self, fields: &mut Fields) -> BTreeMap<String, Parsed> {
        let (mut seen, mut values) = (HashSet::new(), BTreeMap::new());
        let (body, known) = (&self.incoming.request.body.bytes, &self.incoming.rules.fields);
        let object = if body.is_empty() { Ok(Vec::new()) } else { json_fields(body) };
        for (name, value) in fields.check("body", object).unwrap_or_default() {
            if !seen.insert(name.clone()) {
                fields.problem(&name, "is given more than once");
                continue;
            }
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, rule)) => {
                    let value = fields.check(&name, rule.parse_json(&name, value));
                    values.extend(value.map(|value| (name.clone(), value)));
                }
                None => fields.unknown(&name, known.iter().map(|(name, _)| name.as_str()), "field"),
            }
        }
        values
    }

    pub(super) fn configured(&self, provider: &Provider) -> Result<(), Problem> {
        let name = provider.info.name.as_str();
        if self.settings.not_configured.contains(name) {
            return Err(Problem::new("PROVIDER_NOT_CONFIGURED")
                .message(format!("This deployment has no OAuth credentials for `{name}`"))
                .detail("provider", name));
        }
        Ok(())
    }

    pub(super) fn complete_oauth(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct Completed {
            connection: Connection,
        }

        let (mut fields, query) = (Fields::default(), self.incoming.query());
        let state = query.text(&mut fields, "state");
        let code = query.text(&mut fields, "code");
        let error = query.text(&mut fields, "error");
        let iss = query.text(&mut fields, "iss");
        let location = query.text(&mut fields, "location");
        let server = query.text(&mut fields, "accounts-server");
        if state.is_none() {
            fields.problem("state", "is required");
        }
        let outcome = match (code, error) {
            (Some(code), None) => Some(Outcome::Code(code)),
            (None, Some(error)) => Some(Outcome::Error(error)),
            (None, None) => {
                fields.problem("code", "is required, or `error` in its place");
                None
            }
            (Some(_), Some(_)) => {
                fields.problem("code", "must not come together with `error`");
                None
            }
        };
        fields.finish()?;
        let (state, outcome) = state.zip(outcome).expect("a missing state or outcome is a problem");
        let provider = self.incoming.provider()?;
        self.configured(provider)?;
        if iss.is_some_and(|iss| !provider.authorize.issuers.contains(&iss)) {
            return Err(state_invalid());
        }
        if !provider.has_data_center(location.as_deref(), server.as_deref()) {
            return Err(state_invalid());
        }
        match outcome {
            Outcome::Code(code) => {
                let connection = self.exchange(provider, &state, &code)?;
                Ok(Answer::json(200, &Completed { connection }))
            }
            Outcome::Error(error) => Err(self.deny(&provider.info.name, &state, &error)),
        }
    }

    /// Spends a state with which the provider came back with an error.
    fn deny(self, provider: &str, state: &str, error: &str) -> Problem {
        let Some(row) = self.world.standing(state, provider, self.caller.tenant) else { return state_invalid() };
        if row.status == StateStatus::Open {
            row.status = StateStatus::Denied(provider_text(error));
        }
        match &row.status {
            StateStatus::Denied(error) => Problem::new("OAUTH_DENIED").detail("provider_error", error.as_str()),
            _ => state_invalid(),
        }
    }

    fn exchange(mut self, provider: &Provider, state: &str, code: &str) -> Result<Connection, Problem> {
        let row = self.world.standing(state, &provider.info.name, self.caller.tenant).ok_or_else(state_invalid)?;
        let is_its_code = row.code.as_deref().is_none_or(|seen| seen == code);
        match row.status {
            StateStatus::Open if is_its_code => row.code = Some(code.to_owned()),
            // The user reloads the page, or a client retries.
            StateStatus::Completed(id) if is_its_code && self.caller.is_operator => {
                let tenant = row.tenant;
                return self.world.rows(tenant).connection(id).cloned().ok_or_else(state_invalid);
            }
            _ => return Err(state_invalid()),
        }
        let row = row.clone();
        if let Some(failure) = self.provider_failure.take() {
            return Err(failure);
        }
        // A code is good once, for a time, at its provider, and only with the redirect URL and, if there is one, the verifier of the
        // authorization that it was made for.
        let rejected = |error: &str| Problem::new("OAUTH_CODE_REJECTED").detail("provider_error", error);
        let now = self.world.now;
        let granted = self.world.codes.remove(code).filter(|granted| granted.expires_at > now);
        let granted = granted.ok_or_else(|| rejected(&provider.refusals.code));
        let granted = granted.and_then(|granted| match self.world.states.get(&granted.state) {
            _ if granted.state == state => Ok(granted),
            Some(its) if its.provider != row.provider => Err(rejected(&provider.refusals.code)),
            Some(its) if its.redirect_uri != row.redirect_uri => Err(rejected(&provider.refusals.redirect_uri)),
            Some(_) if !provider.has_pkce() => Ok(granted),
            _ => Err(rejected(&provider.refusals.code)),
        });
        let granted = granted.inspect_err(|_| self.settle(state, StateStatus::Refused))?;
        let connection = self.connection(provider, &row, granted);
        let connection = self.world.rows(row.tenant).connect(connection);
        let status = StateStatus::Completed(connection.id);
        self.settle(state, status);
        Ok(connection)
    }

    fn connection(&mut self, provider: &Provider, row: &OAuthState, granted: Code) -> Connection {
        let now = self.world.now;
        let expires_at = provider.token_lifetime_seconds.map(|seconds| now.after(Duration::from_secs(seconds)));
        let mut scopes = row.scopes.clone();
        scopes.sort();
        Connection {
            id: self.world.next_id(),
            provider: row.provider.clone(),
            status: "active".into(),
            external_account: granted.account,
            scopes,
            created_at: now,
            updated_at: now,
            expires_at,
            last_error: None,
            metadata: granted.metadata,
        }
    }

    fn settle(&mut self, state: &str, status: StateStatus) {
        if let Some(row) = self.world.states.get_mut(state) {
            row.status = status;
        }
    }
}

fn state_invalid() -> Problem {
    Problem::new("OAUTH_STATE_INVALID")
        .message("The state is unknown, expired, spent, or of another provider or tenant")
}

fn allowed_scopes(mut asked: Vec<String>, known: &[String]) -> Result<Vec<String>, String> {
    if asked.iter().any(|scope| !known.contains(scope)) {
        return Err(format!("must be among the provider's scopes: {}", known.join(", ")));
    }
    asked.sort();
    asked.dedup();
    Ok(asked)
}

/// A provider's error text as it may be shown: cut to 100 characters of those that RFC 6749, section 4.1.2.1, allows.
fn provider_text(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')).take(100).collect()
}
