//! What the service says of itself: what the document says that it says.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Call;
use crate::{contract::CONTRACT, http::Answer};

/// The order of fields is the order on the wire, here and below.
#[derive(Serialize, Deserialize)]
struct ServiceInfo {
    service: String,
    version: String,
    docs_url: String,
    openapi_url: String,
}

#[derive(Serialize, Deserialize)]
struct Health {
    status: String,
    service: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Readiness {
    status: String,
    checks: Checks,
}

#[derive(Serialize, Deserialize)]
struct Checks {
    database: String,
    migrations: String,
}

impl Call<'_> {
    pub(super) fn get_service_info(&self) -> Answer {
        self.example::<ServiceInfo>()
    }

    pub(super) fn get_health(&self) -> Answer {
        self.example::<Health>()
    }

    pub(super) fn get_readiness(&self) -> Answer {
        self.example::<Readiness>()
    }

    fn example<T: Serialize + DeserializeOwned>(&self) -> Answer {
        let example = CONTRACT.example(self.incoming.rules.operation).clone();
        Answer::json(200, &serde_json::from_value::<T>(example).expect("the document's example has this shape"))
    }
}
