//! Zoho Mail's API: <https://www.zoho.com/mail/help/api/>. Every answer has a `status` and `data`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    accounts::granted,
    failure::Endpoint,
    server::Server,
    store::{DataCenter, Folder, Store, User},
};
use crate::standin::params::Params;

/// The id of every mailbox and of its folders; each user has one.
const ACCOUNT: &str = "2560636000000008002";
const INBOX: &str = "2560636000000008014";
const SENT: &str = "2560636000000008025";

/// <https://www.zoho.com/mail/help/api/get-all-users-accounts.html>
pub(super) async fn accounts(
    State(server): State<Arc<Server>>,
    Path(host): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&server, &host, &headers, Endpoint::Accounts, "ZohoMail.accounts.READ", |_, user| {
        let address = |address: &str, is_alias: bool| json!({"isAlias": is_alias, "isPrimary": !is_alias, "mailId": address, "isConfirmed": true});
        let aliases = user.aliases.iter().map(|alias| address(alias, true));
        let addresses: Vec<_> = [address(&user.mailbox, false)].into_iter().chain(aliases).collect();
        Some(json!([{
            "type": "ZOHO_ACCOUNT",
            "accountId": ACCOUNT,
            "displayName": user.name,
            "primaryEmailAddress": user.mailbox,
            "mailboxAddress": user.mailbox,
            "incomingUserName": user.mailbox,
            "emailAddress": addresses,
            "zuid": user.zuid,
            "mailboxStatus": "enabled",
        }]))
    })
}

/// <https://www.zoho.com/mail/help/api/get-all-folder-details.html>
pub(super) async fn folders(
    State(server): State<Arc<Server>>,
    Path((host, account)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(&server, &host, &headers, Endpoint::Folders, "ZohoMail.folders.READ", |_, _| {
        let folder =
            |id: &str, name: &str| json!({"folderId": id, "folderName": name, "folderType": name, "path": name});
        (account == ACCOUNT).then(|| json!([folder(INBOX, "Inbox"), folder(SENT, "Sent")]))
    })
}

/// <https://www.zoho.com/mail/help/api/get-emails-list.html>: `start` counts from 1, `limit` is at most 200, and `sortorder=false`
/// has the newest first.
pub(super) async fn messages(
    State(server): State<Arc<Server>>,
    Path((host, account)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    let number = |name: &str, default: usize| params.get(name).map_or(Some(default), |text| text.parse().ok());
    let (start, limit) = (number("start", 1), number("limit", 10));
    answer(&server, &host, &headers, Endpoint::Messages, "ZohoMail.messages.READ", |store, user| {
        let (start, limit) = (start?.checked_sub(1)?, limit.filter(|limit| (1..=200).contains(limit))?);
        if account != ACCOUNT || params.get("sortorder") != Some("false") {
            return None;
        }
        let (id, folder) = match params.get("folderId")? {
            INBOX => (INBOX, Folder::Inbox),
            SENT => (SENT, Folder::Sent),
            _ => return None,
        };
        let emails = store.emails(&user.mailbox, folder).into_iter().skip(start).take(limit);
        let row = |email: &super::Email| {
            json!({
                "summary": format!("What {} wrote", email.from),
                "sentDateInGMT": email.sent.to_string(),
                "receivedTime": email.sent.to_string(),
                "subject": email.subject,
                "messageId": email.id.to_string(),
                "folderId": id,
                "toAddress": format!("&lt;{}&gt;", email.to),
                "ccAddress": "Not Provided",
                "fromAddress": email.from,
                "sender": email.from,
                "hasAttachment": "0",
                "size": "238",
                "status": "1",
            })
        };
        Some(emails.map(row).collect())
    })
}

/// What `data` makes for the token's user, or the refusal: a token that is not good is told with 404, and what is not there or
/// misasked too.
fn answer(
    server: &Server,
    host: &str,
    headers: &HeaderMap,
    endpoint: Endpoint,
    scope: &str,
    data: impl FnOnce(&Store, &User) -> Option<Value>,
) -> Response {
    let Some(center) = DataCenter::of("mail", host) else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(failure) = server.called(host, endpoint) {
        return failure.into_response();
    }
    let refused = |code: &str| {
        let body = json!({"status": {"code": 404, "description": "Invalid Input"}, "data": {"errorCode": code}});
        (StatusCode::NOT_FOUND, Json(body)).into_response()
    };
    let store = server.store();
    let Some(grant) = granted(&store, center, headers) else { return refused("INVALID_OAUTHTOKEN") };
    if !grant.scopes.contains(scope) {
        return refused("INVALID_OAUTHSCOPE");
    }
    match data(&store, &grant.user) {
        Some(data) => Json(json!({"status": {"code": 200, "description": "success"}, "data": data})).into_response(),
        None => refused("PATTERN_NOT_MATCHED"),
    }
}
