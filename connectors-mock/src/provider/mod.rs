//! The mock as the provider and as the user at the browser.

mod authorize_url;
mod consent;
mod signature;
mod user;

pub use self::user::User;
pub(crate) use self::{
    authorize_url::AuthorizeUrl,
    consent::{HTML, page_of, provider_at},
};
