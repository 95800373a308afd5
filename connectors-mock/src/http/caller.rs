//! Who calls, and for whom: `Authorization` and `X-Tenant-Id`.

use hyper::HeaderMap;
use uuid::Uuid;

use super::{Incoming, Problem, rate_limit::Bucket};
use crate::{
    contract::{Need, Parsed, Place},
    settings::Settings,
    state::World,
};

const TENANT: &str = "X-Tenant-Id";

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// Whether an operator token was shown.
    pub(crate) is_operator: bool,
    /// The tenant that was named.
    pub(crate) tenant: Option<Uuid>,
}

impl Caller {
    /// The tenant, of an operation that requires one.
    pub(crate) fn tenant(self) -> Uuid {
        self.tenant.expect("a missing tenant was refused")
    }
}

/// Checks the credentials that an operation needs, those that are optional only where they are sent.
pub(crate) fn authenticate(incoming: &Incoming<'_>, settings: &Settings, world: &mut World) -> Result<Caller, Problem> {
    let (rules, headers) = (incoming.rules, incoming.headers());
    let shows_token = headers.contains_key("authorization");
    let (mut operator, mut tenant) = (rules.operator, rules.tenant);
    // Who hands a delivery on shows both; the document says so by declaring that the tenant can be missing.
    if tenant == Need::Optional && rules.declares("TENANT_HEADER_REQUIRED") {
        // A provider may sign there.
        let is_signature = incoming
            .provider()
            .is_ok_and(|provider| provider.webhook.app.as_ref().is_some_and(|app| app.header == "authorization"))
            && settings.operator_token(presented(headers)).is_none();
        if shows_token && !is_signature || headers.contains_key(TENANT) {
            (operator, tenant) = (Need::Required, Need::Required);
        } else {
            (operator, tenant) = (Need::None, Need::None);
        }
    }
    let known = settings.operator_token(presented(headers));
    let must_show = operator == Need::Required || operator == Need::Optional && shows_token;
    if rules.declares("RATE_LIMITED") {
        // A token that does not count as a credential counts as its bucket all the same.
        let bucket = known.map_or(Bucket::Peer, Bucket::Operator);
        world.buckets.count(settings.rate_limit, bucket, world.now)?;
    }
    if must_show && known.is_none() {
        return Err(refusal(headers));
    }
    let tenant = match tenant {
        Need::None => None,
        Need::Optional => tenant_of(incoming)?,
        Need::Required => Some(tenant_of(incoming)?.ok_or_else(|| {
            Problem::new("TENANT_HEADER_REQUIRED")
                .message("`X-Tenant-Id` is missing: send the tenant's UUID; it is never inferred")
        })?),
    };
    Ok(Caller { is_operator: must_show, tenant })
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all("authorization").iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

fn refusal(headers: &HeaderMap) -> Problem {
    let (message, error) = match headers.get_all("authorization").iter().count() {
        0 => ("The operator token is missing: send `Authorization: Bearer <operator_token>`", ""),
        1 => ("`Authorization` does not hold a valid operator token", r#", error="invalid_token""#),
        _ => ("`Authorization` is given more than once", r#", error="invalid_request""#),
    };
    let challenge = format!(r#"Bearer realm="poblysh-connectors"{error}"#);
    Problem::new("UNAUTHORIZED").message(message).header("www-authenticate", challenge)
}

/// The tenant that the headers name, if they name one.
fn tenant_of(incoming: &Incoming<'_>) -> Result<Option<Uuid>, Problem> {
    let mut values = incoming.headers().get_all(TENANT).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid_field(TENANT, "is given more than once"));
    }
    let rule = &incoming.rules.parameter(Place::Header, TENANT).rule;
    let tenant = rule.parse(value.to_str().unwrap_or_default()).map(Parsed::into_uuid);
    let tenant = tenant.map_err(|problem| Problem::invalid_field(TENANT, &problem))?;
    if tenant.is_nil() {
        return Err(Problem::invalid_field(TENANT, "must not be the nil UUID"));
    }
    Ok(Some(tenant))
}
