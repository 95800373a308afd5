//! Ids of what the service keeps; one can't be given for the other.

/// Defines a UUID with a meaning.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// The id as a UUID.
            pub fn as_uuid(&self) -> &::uuid::Uuid {
                &self.0
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for ::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;

            fn from_str(text: &str) -> Result<Self, ::uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A [`Connection`](crate::Connection)'s id.
    ///
    /// ```
    /// let id: connectors_client::ConnectionId = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b".parse()?;
    /// # Ok::<(), uuid::Error>(())
    /// ```
    ConnectionId
}

id! {
    /// A [`Signal`](crate::Signal)'s id, a UUIDv7.
    ///
    /// ```
    /// let id: connectors_client::SignalId = "0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f".parse()?;
    /// # Ok::<(), uuid::Error>(())
    /// ```
    SignalId
}
