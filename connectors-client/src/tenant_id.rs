//! Whose data a call is about.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A tenant, as the service knows it: the `X-Tenant-Id` of every call that [`Tenant`](crate::Tenant) makes.
///
/// ```
/// use connectors_client::TenantId;
///
/// let tenant: TenantId = "123e4567-e89b-12d3-a456-426614174000".parse()?;
/// assert!("00000000-0000-0000-0000-000000000000".parse::<TenantId>().is_err());
/// # Ok::<(), connectors_client::InvalidTenantId>(())
/// ```
///
/// Poblysh Core resolves it, from its own tenant id or by a table of its own; a frontend never chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Uuid);

/// A text or UUID that names no tenant: it is no UUID, or it is the nil UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTenantId(&'static str);

impl TenantId {
    /// The tenant with this id.
    ///
    /// # Errors
    /// The nil UUID is what an id that nobody has set looks like, so it is refused.
    pub fn new(id: Uuid) -> Result<Self, InvalidTenantId> {
        if id.is_nil() { Err(InvalidTenantId("a tenant's id is not the nil UUID")) } else { Ok(Self(id)) }
    }

    /// The id as a UUID.
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl TryFrom<Uuid> for TenantId {
    type Error = InvalidTenantId;

    fn try_from(id: Uuid) -> Result<Self, InvalidTenantId> {
        Self::new(id)
    }
}

impl From<TenantId> for Uuid {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidTenantId;

    fn from_str(text: &str) -> Result<Self, InvalidTenantId> {
        Self::new(text.parse().map_err(|_| InvalidTenantId("a tenant's id is a UUID"))?)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for TenantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Uuid::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for InvalidTenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidTenantId {}
