//! A tenant's connections, page by page.

use crate::{
    Connection, ConnectionStatus, Cursor, Error, ItemStream, Page, Tenant,
    scope::Extra,
    stream::{Fetching, List},
};

const OPERATION: &str = "list_connections";

/// A list of connections, narrowed as you like; made by [`Tenant::connections`].
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// use connectors_client::ConnectionStatus;
/// # use connectors_mock::NewConnection;
///
/// # let acme = mock.tenant("acme");
/// # let tenant = acme.client();
/// # acme.has_connection(NewConnection::to("github").status("error").last_error("invalid_grant"));
/// let mut broken = tenant.connections().status(ConnectionStatus::Error).stream();
/// while let Some(connection) = broken.try_next().await? {
///     println!("{}: {}", connection.provider, connection.last_error.unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `page` is awaited or `stream` is polled"]
pub struct Connections {
    tenant: Tenant,
    provider: Option<String>,
    status: Option<ConnectionStatus>,
    page_size: Option<u32>,
    cursor: Option<Cursor>,
}

impl Connections {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant, provider: None, status: None, page_size: None, cursor: None }
    }

    /// Only those of the provider with this slug.
    pub fn provider(mut self, slug: impl Into<String>) -> Self {
        self.provider = Some(slug.into());
        self
    }

    /// Only those with this status.
    pub fn status(mut self, status: impl Into<ConnectionStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// How many are on a page: 1 to 100, 50 unless set.
    pub fn page_size(mut self, connections: u32) -> Self {
        self.page_size = Some(connections);
        self
    }

    /// Begins where the cursor says, in place of the list's beginning. It belongs to the same filters.
    pub fn resume_from(mut self, cursor: impl Into<Cursor>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// One page, by one request.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Dropping the future abandons the call.
    pub async fn page(&self) -> Result<Page<Connection>, Error> {
        let client = self.tenant.client(OPERATION, Extra::default());
        let result = client
            .list_connections(
                self.cursor.as_ref().map(Cursor::as_str),
                self.page_size,
                self.provider.as_deref(),
                self.status.as_ref().map(ConnectionStatus::as_str),
            )
            .await;
        let list = client.finish(result)?;
        Ok(Page::new(list.connections, list.next_cursor))
    }

    /// All of them, page after page.
    pub fn stream(self) -> ItemStream<Connection> {
        ItemStream::new(self)
    }
}

impl List<Connection> for Connections {
    fn operation(&self) -> &'static str {
        OPERATION
    }

    fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    fn go_to(&mut self, cursor: Cursor) {
        self.cursor = Some(cursor);
    }

    fn fetch(self: Box<Self>) -> Fetching<Connection> {
        Box::pin(async move {
            let page = self.page().await;
            (self as Box<dyn List<Connection>>, page)
        })
    }
}
