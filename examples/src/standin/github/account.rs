//! The GitHub account of the user at the browser.

/// A GitHub user, as `GET /user` describes them.
///
/// The default is `Codertocat`, whose repository the [recorded deliveries](crate::recorded) come from.
///
/// ```
/// use connectors_examples::standin::github::Account;
///
/// let octocat = Account { id: 583231, login: "octocat".into(), name: Some("The Octocat".into()) };
/// assert_ne!(octocat, Account::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The numeric id, which stays when the login changes.
    pub id: u64,
    /// The handle, unique at any one time.
    pub login: String,
    /// The name on the profile; `null` in the API for those who gave none.
    pub name: Option<String>,
}

impl Default for Account {
    fn default() -> Self {
        Self { id: 21031067, login: "Codertocat".to_owned(), name: None }
    }
}
