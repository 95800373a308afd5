//! The providers that tenants can connect.

use serde::Serialize;

use super::Call;
use crate::{
    catalogue::{CATALOGUE, ProviderInfo},
    http::{Answer, Fields, Problem},
};

impl Call<'_> {
    pub(super) fn list_providers(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct ProviderList {
            providers: Vec<ProviderInfo>,
        }

        let mut fields = Fields::default();
        self.incoming.query().refuse_unknown(&mut fields);
        fields.finish()?;
        let info = |info: &ProviderInfo| ProviderInfo {
            available: !self.settings.not_configured.contains(&info.name),
            ..info.clone()
        };
        let providers = CATALOGUE.providers.iter().map(|provider| info(&provider.info)).collect();
        Ok(Answer::json(200, &ProviderList { providers }))
    }
}
