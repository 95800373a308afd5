//! What all requests share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connectors_client::{ConnectionId, Connectors};

use crate::tenants::Tenants;

/// The client, the tenants, and what Core keeps of connections.
#[derive(Debug, Clone)]
pub struct Core {
    pub(crate) connectors: Connectors,
    pub(crate) tenants: Tenants,
    /// Who connected what: a column of a table of Core's, if this were more than an example.
    connected_by: Arc<Mutex<HashMap<ConnectionId, &'static str>>>,
}

impl Core {
    /// A Core that knows no connection yet.
    pub fn new(connectors: Connectors, tenants: Tenants) -> Self {
        Self { connectors, tenants, connected_by: Arc::default() }
    }

    pub(crate) fn connected(&self, id: ConnectionId, by: &'static str) {
        self.connected_by.lock().unwrap_or_else(PoisonError::into_inner).insert(id, by);
    }

    pub(crate) fn who_connected(&self, id: ConnectionId) -> Option<&'static str> {
        self.connected_by.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    pub(crate) fn disconnected(&self, id: ConnectionId) {
        self.connected_by.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
