//! The two users of the example.

use uuid::{Uuid, uuid};

/// Somebody who can log in.
#[derive(Debug, PartialEq, Eq)]
pub struct User {
    /// What is typed to log in.
    pub login: &'static str,
    /// How the pages call them.
    pub name: &'static str,
    /// Their company, as the pages call it.
    pub company: &'static str,
    /// Its id at Poblysh.
    pub poblysh_tenant_id: Uuid,
}

/// What both type as a password. A real Core has its own users.
pub const PASSWORD: &str = "demo";

/// Two users of two tenants.
pub const USERS: [User; 2] = [
    User {
        login: "ada",
        name: "Ada",
        company: "Acme",
        poblysh_tenant_id: uuid!("6f2d1a3e-8c47-4b7a-9c1d-0e5f6a7b8c9d"),
    },
    User {
        login: "grace",
        name: "Grace",
        company: "Globex",
        poblysh_tenant_id: uuid!("0b9c4d7e-51f2-4a68-8d3b-7e6f5a4c3b2d"),
    },
];

impl User {
    /// The user with this login.
    pub fn find(login: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.login == login)
    }
}
