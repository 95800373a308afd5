//! Who calls: `Authorization`, and the rate limits that hang on it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use crate::http::{AppState, ErrorCode, Problem, rate_limit::Bucket};

/// The request shows an operator token.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Operator;

/// The request is counted; it may or may not show an operator token.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Access {
    /// Whether it does.
    pub(in crate::http) is_operator: bool,
}

impl Operator {
    /// Whether the request shows an operator token.
    pub(in crate::http) fn is_shown(parts: &Parts, app: &AppState) -> bool {
        known(app, &parts.headers).is_some()
    }
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let token = known(app, &parts.headers);
        count(app, parts, token)?;
        token.map(|_| Self).ok_or_else(|| refusal(&parts.headers))
    }
}

impl FromRequestParts<AppState> for Access {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            Operator::from_request_parts(parts, app).await.map(|_| Self { is_operator: true })
        } else {
            count(app, parts, None)?;
            Ok(Self { is_operator: false })
        }
    }
}

/// The request is counted; who it is does not matter.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Anybody;

impl FromRequestParts<AppState> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        count(app, parts, known(app, &parts.headers)).map(|()| Self)
    }
}

/// The position of the operator token that the headers show, if they show a right one.
fn known(app: &AppState, headers: &HeaderMap) -> Option<usize> {
    app.service.config().operator_tokens.position(presented(headers)?)
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

fn refusal(headers: &HeaderMap) -> Problem {
    let (message, challenge) = match headers.get_all(header::AUTHORIZATION).iter().count() {
        // RFC 6750, section 3.1: without credentials the challenge names no error.
        0 => (
            "The operator token is missing: send `Authorization: Bearer <operator_token>`",
            r#"Bearer realm="poblysh-connectors""#,
        ),
        1 => (
            "`Authorization` does not hold a valid operator token",
            r#"Bearer realm="poblysh-connectors", error="invalid_token""#,
        ),
        _ => {
            ("`Authorization` is given more than once", r#"Bearer realm="poblysh-connectors", error="invalid_request""#)
        }
    };
    Problem::new(ErrorCode::Unauthorized).message(message).header(header::WWW_AUTHENTICATE, challenge)
}

fn count(app: &AppState, parts: &Parts, token: Option<usize>) -> Result<(), Problem> {
    let Some(limiter) = &*app.rate_limiter else { return Ok(()) };
    // A router that is called without a socket has no peer.
    let peer =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    limiter.check(token.map_or_else(|| Bucket::of_peer(peer), Bucket::Operator))
}
