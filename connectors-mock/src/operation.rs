//! The operations of the service.

use std::fmt;

macro_rules! operations {
    ($($variant:ident = $id:literal),+ $(,)?) => {
        /// An operation of the service, as `openapi.json` names it.
        ///
        /// ```
        /// use connectors_mock::Operation;
        ///
        /// assert_eq!(Operation::ListSignals.to_string(), "list_signals");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation {
            $(#[doc = concat!("`", $id, "`")] $variant,)+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The `operationId`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }
    };
}

operations! {
    GetServiceInfo = "get_service_info",
    GetHealth = "get_health",
    GetReadiness = "get_readiness",
    ListProviders = "list_providers",
    StartOAuth = "start_oauth",
    CompleteOAuth = "complete_oauth",
    ListConnections = "list_connections",
    GetConnection = "get_connection",
    DeleteConnection = "delete_connection",
    ListSignals = "list_signals",
    GetSignal = "get_signal",
    IngestWebhook = "ingest_webhook",
    IngestSignedWebhook = "ingest_signed_webhook",
}

impl Operation {
    /// The operation with this `operationId`.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == id)
    }

    /// Whether it answers everybody with the same, so that its answers may be kept.
    pub(crate) const fn is_public(self) -> bool {
        matches!(self, Self::GetServiceInfo | Self::GetHealth | Self::GetReadiness | Self::ListProviders)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
