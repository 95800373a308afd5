//! The providers that tenants can connect.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Call;
use crate::{
    catalogue::{CATALOGUE, Provider},
    http::{Answer, Fields, Problem},
};

impl Call<'_> {
    pub(super) fn list_providers(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct ProviderList {
            providers: Vec<&'static RawValue>,
        }

        let mut fields = Fields::default();
        self.incoming.query().refuse_unknown(&mut fields);
        fields.finish()?;
        let listed =
            |provider: &'static Provider| provider.listed(!self.settings.not_configured.contains(&provider.info.name));
        let providers = CATALOGUE.providers.iter().map(listed).collect();
        Ok(Answer::json(200, &ProviderList { providers }))
    }
}
