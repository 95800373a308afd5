//! A tenant's signals, page by page.

use std::ops::RangeBounds;

use chrono::{DateTime, Utc};

use crate::{
    ConnectionId, Cursor, Error, ItemStream, Page, Signal, SignalKind, Tenant,
    occurred::Occurred,
    scope::Extra,
    stream::{Fetching, List},
};

const OPERATION: &str = "list_signals";

/// A list of signals, narrowed as you like; made by [`Tenant::signals`].
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// use chrono::{TimeDelta, Utc};
/// use connectors_client::SignalKind;
///
/// # let tenant = mock.tenant("acme").client();
/// let today = Utc::now() - TimeDelta::days(1)..;
/// let mut merged = tenant.signals().kind(SignalKind::PrMerged).occurred(today).with_payload().stream();
/// while let Some(signal) = merged.try_next().await? {
///     println!("{} {}", signal.occurred_at, signal.title);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `page` is awaited or `stream` is polled"]
pub struct Signals {
    tenant: Tenant,
    provider: Option<String>,
    connection: Option<ConnectionId>,
    kind: Option<SignalKind>,
    occurred: Occurred,
    page_size: Option<u32>,
    with_payload: bool,
    cursor: Option<Cursor>,
}

impl Signals {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            provider: None,
            connection: None,
            kind: None,
            occurred: Occurred::default(),
            page_size: None,
            with_payload: false,
            cursor: None,
        }
    }

    /// Only those of the provider with this slug.
    pub fn provider(mut self, slug: impl Into<String>) -> Self {
        self.provider = Some(slug.into());
        self
    }

    /// Only those of this connection. Of one that the tenant does not have there are none.
    pub fn connection(mut self, id: ConnectionId) -> Self {
        self.connection = Some(id);
        self
    }

    /// Only those of this kind.
    pub fn kind(mut self, kind: impl Into<SignalKind>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Only those that occurred in this range: `start..`, `..end`, `start..end`, `start..=end`.
    ///
    /// The service keeps microseconds and takes both bounds as inclusive, so a bound is moved to the nearest microsecond that
    /// is in the range. Keep one in whole microseconds if you keep a cursor with it: that belongs to the very bounds. Beyond the
    /// years 1 to 9999 nothing occurs. Of a range without a moment in it nothing is asked: its page is empty and the last.
    pub fn occurred(mut self, range: impl RangeBounds<DateTime<Utc>>) -> Self {
        self.occurred = Occurred::within(&range);
        self
    }

    /// How many are on a page: 1 to 100, 50 unless set.
    pub fn page_size(mut self, signals: u32) -> Self {
        self.page_size = Some(signals);
        self
    }

    /// Each with its payload, the provider's event.
    pub fn with_payload(mut self) -> Self {
        self.with_payload = true;
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
    pub async fn page(&self) -> Result<Page<Signal>, Error> {
        let Occurred::Within { after, before } = &self.occurred else { return Ok(Page::new(Vec::new(), None)) };
        let client = self.tenant.client(OPERATION, Extra::default());
        let result = client
            .list_signals(
                self.connection.as_ref().map(ConnectionId::as_uuid),
                self.cursor.as_ref().map(Cursor::as_str),
                self.with_payload.then_some(true),
                self.kind.as_ref().map(SignalKind::as_str),
                self.page_size,
                after.as_ref(),
                before.as_ref(),
                self.provider.as_deref(),
            )
            .await;
        let list = client.finish(result)?;
        Ok(Page::new(list.signals, list.next_cursor))
    }

    /// All of them, page after page.
    pub fn stream(self) -> ItemStream<Signal> {
        ItemStream::new(self)
    }
}

impl List<Signal> for Signals {
    fn operation(&self) -> &'static str {
        OPERATION
    }

    fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    fn go_to(&mut self, cursor: Cursor) {
        self.cursor = Some(cursor);
    }

    fn fetch(self: Box<Self>) -> Fetching<Signal> {
        Box::pin(async move {
            let page = self.page().await;
            (self as Box<dyn List<Signal>>, page)
        })
    }
}
