//! The token of the process's environment.

use std::{borrow::Cow, env::VarError};

use zeroize::Zeroizing;

use super::OperatorToken;
use crate::{Error, error::ErrorKind};

const LIST: &str = "POBLYSH_OPERATOR_TOKENS";
const SINGLE: &str = "POBLYSH_OPERATOR_TOKEN";

impl OperatorToken {
    /// The token that the environment holds, in the variables that the service reads: the first of `POBLYSH_OPERATOR_TOKENS`
    /// (a JSON array of strings, or a comma-separated list), else `POBLYSH_OPERATOR_TOKEN`.
    ///
    /// ```standalone_crate
    /// # // SAFETY: nothing else runs yet.
    /// # unsafe { std::env::set_var("POBLYSH_OPERATOR_TOKENS", "new-token,old-token") };
    /// use connectors_client::{Connectors, OperatorToken};
    ///
    /// let connectors =
    ///     Connectors::builder("https://connectors.internal.example").operator_token(OperatorToken::from_env()?).build()?;
    /// # Ok::<(), connectors_client::Error>(())
    /// ```
    ///
    /// It is read once: a process's environment does not change. While tokens are rotated the service takes all of its list,
    /// and Core shows the first.
    ///
    /// # Errors
    /// [`ErrorKind::TokenSource`], naming the variable, if neither is set, or the one that counts is not of that form.
    pub fn from_env() -> Result<Self, Error> {
        read(|name| std::env::var(name).map(Zeroizing::new))
    }
}

/// As the service reads it: the list counts if it is there, be it empty.
fn read(variable: impl Fn(&str) -> Result<Zeroizing<String>, VarError>) -> Result<OperatorToken, Error> {
    let (name, value) = match variable(LIST) {
        Err(VarError::NotPresent) => (SINGLE, variable(SINGLE)),
        value => (LIST, value),
    };
    let refused = |why: Cow<'static, str>| Error::local(ErrorKind::TokenSource, "from_env", why);
    let value = match value {
        Ok(value) => value,
        Err(VarError::NotPresent) => return Err(refused(format!("neither {LIST} nor {SINGLE} is set").into())),
        Err(VarError::NotUnicode(_)) => return Err(refused(format!("{name} is not UTF-8").into())),
    };
    let first = if name == LIST { first(value.trim()) } else { Ok(Zeroizing::new(value.trim().to_owned())) };
    let token = OperatorToken::new(first.map_err(|why| refused(format!("{name} {why}").into()))?.as_str());
    match token.header() {
        Some(_) => Ok(token),
        None => Err(refused(format!("{name} holds no token that a header can carry; use visible ASCII").into())),
    }
}

/// The first token of a list that has nothing else in it than tokens.
fn first(list: &str) -> Result<Zeroizing<String>, &'static str> {
    let tokens: Vec<Zeroizing<String>> = if list.starts_with('[') {
        let tokens: Vec<String> = serde_json::from_str(list).map_err(|_| "is not a JSON array of strings")?;
        tokens.into_iter().map(Zeroizing::new).collect()
    } else {
        list.split(',').map(|token| Zeroizing::new(token.to_owned())).collect()
    };
    if tokens.iter().any(|token| token.trim().is_empty()) {
        return Err("holds an empty token");
    }
    tokens.first().map(|token| Zeroizing::new(token.trim().to_owned())).ok_or("holds no token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(list: Option<&str>, single: Option<&str>) -> Result<OperatorToken, Error> {
        read(|name| {
            let value = if name == LIST { list } else { single };
            value.map(|value| Zeroizing::new(value.to_owned())).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn the_first_of_the_list_counts_else_the_single_one() {
        for (list, single, token) in [
            (Some(r#"["new", "old"]"#), None, "new"),
            (Some(r#" ["new,er"] "#), Some("single"), "new,er"),
            (Some(" new , old"), Some("single"), "new"),
            (None, Some(" single\n"), "single"),
            (None, Some("with,comma"), "with,comma"),
            (None, Some("[\"brackets\"]"), "[\"brackets\"]"),
        ] {
            assert_eq!(from(list, single).unwrap().secret(), token, "{list:?} {single:?}");
        }
    }

    #[test]
    fn what_the_service_would_not_start_with_is_refused_by_the_variables_name_without_its_value() {
        for (list, single, why) in [
            (None, None, "neither POBLYSH_OPERATOR_TOKENS nor POBLYSH_OPERATOR_TOKEN is set"),
            (Some(""), Some("canary"), "POBLYSH_OPERATOR_TOKENS holds an empty token"),
            (Some("[]"), Some("canary"), "POBLYSH_OPERATOR_TOKENS holds no token"),
            (Some("canary,,b"), None, "POBLYSH_OPERATOR_TOKENS holds an empty token"),
            (Some("[\"canary\""), None, "POBLYSH_OPERATOR_TOKENS is not a JSON array of strings"),
            (Some("[\"canary\", 1]"), None, "POBLYSH_OPERATOR_TOKENS is not a JSON array of strings"),
            (Some("can ary"), None, "POBLYSH_OPERATOR_TOKENS holds no token that a header can carry"),
            (None, Some(" "), "POBLYSH_OPERATOR_TOKEN holds no token that a header can carry"),
        ] {
            let error = from(list, single).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TokenSource);
            assert!(error.to_string().contains(why), "{error}");
            assert!(!format!("{error} {error:?}").contains("ary\""), "{error}");
        }
    }
}
