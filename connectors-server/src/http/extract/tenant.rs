//! For whom: `X-Tenant-Id`.

use std::collections::BTreeMap;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use crate::{
    http::{AppState, ErrorCode, Problem},
    model::TenantId,
};

const HEADER: &str = "X-Tenant-Id";

/// The tenant that the request names. There is no default.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Tenant(pub(in crate::http) TenantId);

impl FromRequestParts<AppState> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        tenant_of(&parts.headers)?.map(Self).ok_or_else(|| {
            Problem::new(ErrorCode::TenantHeaderRequired)
                .message("`X-Tenant-Id` is missing: send the tenant's UUID; it is never inferred")
        })
    }
}

/// The tenant that the headers name, if they name one.
pub(in crate::http) fn tenant_of(headers: &HeaderMap) -> Result<Option<TenantId>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let invalid = |problem: &str| Problem::invalid(BTreeMap::from([(HEADER.to_owned(), problem.to_owned())]));
    if values.next().is_some() {
        return Err(invalid("is given more than once"));
    }
    let tenant = value.to_str().ok().and_then(TenantId::parse).ok_or_else(|| invalid("must be a hyphenated UUID"))?;
    if tenant.0.is_nil() {
        return Err(invalid("must not be the nil UUID"));
    }
    Ok(Some(tenant))
}
