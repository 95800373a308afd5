//! The bearer tokens of trusted callers.

use std::fmt;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{Environment, parse};
use crate::crypto::sha256;

/// The operator tokens, kept as hashes: comparing hashes takes the same time whatever was sent.
#[derive(Clone, Default)]
pub struct OperatorTokens(Vec<[u8; 32]>);

/// Shorter tokens than this can be guessed; they work, with a warning.
const SHORT: usize = 16;

impl OperatorTokens {
    /// The given tokens.
    pub fn new<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self(tokens.into_iter().map(|token| sha256(&[token.as_ref().as_bytes()])).collect())
    }

    pub(super) fn read(env: &mut Environment) -> Self {
        const LIST: &str = "POBLYSH_OPERATOR_TOKENS";
        const SINGLE: &str = "POBLYSH_OPERATOR_TOKEN";
        let (name, tokens) = if env.is_present(LIST) {
            if env.is_present(SINGLE) {
                env.warning(format!("{SINGLE} is ignored, because {LIST} is set"));
            }
            (LIST, env.optional(LIST, parse::list))
        } else {
            (SINGLE, env.get(SINGLE).map(|token| vec![token]))
        };
        if env.get(name).is_none() {
            env.problem(LIST, "is required: at least one token, or nobody could call the service");
        }
        let tokens = tokens.unwrap_or_default();
        if tokens.iter().any(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            env.problem(name, "holds a token with characters that a header can't carry; use visible ASCII");
        }
        if tokens.iter().any(|token| token.len() < SHORT) {
            env.warning(format!("{name} holds a token of less than {SHORT} characters, which can be guessed"));
        }
        Self::new(tokens)
    }

    /// Which of the tokens `presented` is, in a time that does not depend on it.
    pub fn position(&self, presented: &str) -> Option<usize> {
        let presented = sha256(&[presented.as_bytes()]);
        let mut found = Choice::from(0);
        let mut position = 0u64;
        for (index, token) in self.0.iter().enumerate() {
            let equal = token.ct_eq(&presented);
            position.conditional_assign(&(index as u64), equal);
            found |= equal;
        }
        bool::from(found).then(|| usize::try_from(position).ok()).flatten()
    }
}

impl fmt::Debug for OperatorTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OperatorTokens({} of them)", self.0.len())
    }
}
