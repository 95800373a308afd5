//! The service's environment variables.

use connectors_server::config::{SETTINGS, provider_settings};

use super::markdown;

pub(super) fn table() -> String {
    let rows = SETTINGS.iter().map(|setting| {
        let default = setting.default.map(|default| format!("`{default}`")).unwrap_or_default();
        [format!("`{}`", setting.name), default, setting.help.to_owned()]
    });
    let providers =
        provider_settings().into_iter().map(|(name, help)| [format!("`{name}`"), String::new(), help.to_owned()]);
    markdown(["variable", "default", "what it is"], rows.chain(providers))
}
