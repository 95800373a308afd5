//! Whose mailbox it is: `GET /api/accounts`.

use serde::Deserialize;
use serde_json::{Map, json};

use super::{
    address::address,
    events::{alias, owner},
};
use crate::{
    model::{ExternalAccount, display_text},
    provider::{
        Answer, Identity, ProviderFailure,
        zoho::{oauth::failure, text::Number},
    },
};

#[derive(Deserialize)]
struct Accounts {
    data: Vec<MailAccount>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MailAccount {
    account_id: Option<Number>,
    r#type: Option<String>,
    mailbox_address: Option<String>,
    primary_email_address: Option<String>,
    display_name: Option<String>,
    email_address: Option<Vec<EmailAddress>>,
    zuid: Option<Number>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EmailAddress {
    mail_id: Option<String>,
    is_confirmed: Option<bool>,
}

/// The user's mailbox at Zoho. What they read from elsewhere is in the list too, and is none.
pub(super) fn identity(answer: &Answer) -> Result<Identity, ProviderFailure> {
    let accounts: Accounts = match serde_json::from_slice(&answer.body) {
        Ok(accounts) if answer.status.is_success() => accounts,
        _ => return Err(failure(answer)),
    };
    let is_zohos = |account: &&MailAccount| account.r#type.as_deref().is_none_or(|kind| kind == "ZOHO_ACCOUNT");
    let account = accounts.data.iter().find(is_zohos).ok_or_else(|| failure(answer))?;
    let written = [&account.mailbox_address, &account.primary_email_address].into_iter().flatten();
    let id = written.filter_map(|text| address(text)).next();
    let (Some(id), Some(number)) = (id, account.account_id.as_ref().and_then(Number::digits)) else {
        return Err(failure(answer));
    };
    let confirmed = account.email_address.iter().flatten().filter(|other| other.is_confirmed == Some(true));
    let aliases = confirmed.filter_map(|other| address(other.mail_id.as_deref()?)).filter(|other| *other != id);
    let names = account.zuid.as_ref().and_then(Number::digits).map(|zuid| owner(&zuid));
    let names = names.into_iter().chain(aliases.map(|address| alias(&address))).collect();
    let name = display_text(account.display_name.as_deref().unwrap_or_default());
    Ok(Identity {
        account: ExternalAccount { name: if name.is_empty() { id.clone() } else { name }, id, url: None },
        metadata: Map::from_iter([("account_id".to_owned(), json!(number))]),
        names,
    })
}
