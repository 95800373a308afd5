//! Zoho: its accounts, which live in data centers all over the world, and the services that are connected with them.
//!
//! Sources, all of Zoho's documentation: "Multi DC support", "Using Multi DC in server and client-based apps", "Access token from
//! refresh token" and "Revoke refresh token" of Zoho Accounts; what is a service's own stands at its module.

mod cliq;
mod mail;
mod oauth;
mod text;

pub(super) use cliq::Cliq;
pub(super) use mail::Mail;

use std::time::Duration;

use super::{DataCenter, Refusals};

/// "Multi DC support"; the names are those of `GET https://accounts.zoho.com/oauth/serverinfo`, and China's, which is run apart.
/// Users are sent to the first.
static DATA_CENTERS: [DataCenter; 9] = [
    DataCenter { location: "us", server: "https://accounts.zoho.com" },
    DataCenter { location: "eu", server: "https://accounts.zoho.eu" },
    DataCenter { location: "in", server: "https://accounts.zoho.in" },
    DataCenter { location: "au", server: "https://accounts.zoho.com.au" },
    DataCenter { location: "jp", server: "https://accounts.zoho.jp" },
    DataCenter { location: "ca", server: "https://accounts.zohocloud.ca" },
    DataCenter { location: "sa", server: "https://accounts.zoho.sa" },
    DataCenter { location: "uk", server: "https://accounts.zoho.uk" },
    DataCenter { location: "cn", server: "https://accounts.zoho.com.cn" },
];

/// Zoho sends them with HTTP 200; the code of another data center is unknown too.
const REFUSALS: Refusals = Refusals { code: "invalid_code", redirect_uri: "invalid_redirect_uri", others: &[] };

/// "Access token": it is good for an hour.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);
