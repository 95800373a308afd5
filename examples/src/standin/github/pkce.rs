//! Proof Key for Code Exchange (RFC 7636), as far as GitHub supports it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::standin::params::Params;

/// The challenge of an authorization request.
#[derive(Debug, Clone)]
pub(super) struct Challenge(String);

impl Challenge {
    /// The challenge that came with an authorization request, or why it is refused.
    ///
    /// "`code_challenge`: Required if `code_challenge_method` is included. Must be a 43 character SHA-256 hash";
    /// "`code_challenge_method`: Required if `code_challenge` is included. Must be `S256` - the `plain` code challenge
    /// method is not supported."
    /// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#1-request-a-users-github-identity>
    pub(super) fn of(params: &Params) -> Result<Option<Self>, &'static str> {
        match (params.get("code_challenge"), params.get("code_challenge_method")) {
            (None, None) => Ok(None),
            (Some(challenge), Some("S256")) if challenge.len() == 43 => Ok(Some(Self(challenge.to_owned()))),
            (Some(_), Some("S256")) => Err("The code_challenge must have 43 characters."),
            (Some(_), Some(_)) => Err("The code_challenge_method must be S256."),
            (Some(_), None) => Err("The code_challenge_method is missing."),
            (None, Some(_)) => Err("The code_challenge is missing."),
        }
    }

    /// Whether the verifier is the one that the challenge was made from.
    pub(super) fn is_met_by(&self, verifier: Option<&str>) -> bool {
        verifier.is_some_and(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.0)
    }
}
