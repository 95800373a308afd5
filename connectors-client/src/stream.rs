//! Lists, item by item.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use futures_core::Stream;

use crate::{Cursor, Error, Page, error::ErrorKind};

/// A list that is read page by page.
pub(crate) trait List<T>: Send {
    /// The operation's id.
    fn operation(&self) -> &'static str;

    /// Where the page begins that [`fetch`](Self::fetch) asks for.
    fn cursor(&self) -> Option<&Cursor>;

    fn go_to(&mut self, cursor: Cursor);

    /// Asks for a page, and gives the list back with it.
    fn fetch(self: Box<Self>) -> Fetching<T>;
}

pub(crate) type Fetching<T> = Pin<Box<dyn Future<Output = (Box<dyn List<T>>, Result<Page<T>, Error>)> + Send>>;

/// All items of a list, page after page; made by [`Signals::stream`](crate::Signals::stream) and
/// [`Connections::stream`](crate::Connections::stream).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let acme = mock.tenant("acme");
/// # let tenant = acme.client();
/// # for _ in 0..3 {
/// #     acme.receives("github", "issue_created");
/// # }
/// let mut stream = tenant.signals().page_size(1).stream();
/// let newest = stream.try_next().await?;
/// let second = stream.try_next().await?;
/// // Kept in a database, it survives a crash:
/// let kept = stream.cursor().unwrap().clone();
///
/// let mut resumed = tenant.signals().page_size(1).resume_from(kept).stream();
/// let third = resumed.try_next().await?;
/// assert!(newest != second && second != third && third.is_some());
/// assert_eq!(resumed.try_next().await?, None);
/// # Ok(())
/// # }
/// ```
///
/// It is a [`Stream`], for those who have a crate for them. A page is asked for by one request, when it is needed and not
/// before; an empty page that has a next one does not end it. Pages that lead in a circle are an error
/// ([`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected)), not a stream without end. After an error it ends; what came before
/// it stands, and [`cursor`](Self::cursor) says where to go on. Dropping it stops it, with the request that is under way.
#[must_use = "nothing is sent until it is polled"]
pub struct ItemStream<T> {
    page: vec::IntoIter<T>,
    /// The cursor of the page that items come from now.
    cursor: Option<Cursor>,
    /// Where the page after it begins.
    next: Next<T>,
    way: Way,
}

enum Next<T> {
    /// The page that is asked for when it is needed.
    Page(Box<dyn List<T>>),
    /// The page that is on its way.
    Fetching(Fetching<T>),
    /// It can't be asked for.
    Failed(Error),
    /// There is none.
    End,
}

/// The way from page to page, to notice when it leads in a circle: by Brent's algorithm, which keeps one cursor of those that
/// went by, so that a long list takes no more memory than a short one. Any circle is noticed, within a few times as many pages as
/// it and the way to it have.
#[derive(Default)]
struct Way {
    kept: Option<Cursor>,
    since: u64,
    until: u64,
}

impl Way {
    /// Whether the way has been here, as far as is known.
    fn returns_to(&mut self, next: &Cursor) -> bool {
        if self.kept.as_ref() == Some(next) {
            return true;
        }
        if self.since == self.until {
            (self.since, self.until) = (0, 2 * self.until + 1);
            self.kept = Some(next.clone());
        }
        self.since += 1;
        false
    }
}

impl<T> ItemStream<T> {
    pub(crate) fn new(list: impl List<T> + 'static) -> Self {
        Self { page: Vec::new().into_iter(), cursor: None, next: Next::Page(Box::new(list)), way: Way::default() }
    }

    /// Where to [`resume_from`](crate::Signals::resume_from) so that nothing is missed: the page that the next item comes
    /// from, or the last page at the end. `None` is the list's beginning. What of that page was read already comes again.
    /// It belongs to this walk: what has arrived since is found by another one, from the list's beginning.
    pub fn cursor(&self) -> Option<&Cursor> {
        match &self.next {
            Next::Page(list) if self.page.as_slice().is_empty() => list.cursor(),
            _ => self.cursor.as_ref(),
        }
    }

    /// The next item; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind); after one the stream ends.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        if self.page.as_slice().is_empty() {
            poll_fn(|context| self.poll_page(context)).await?;
        }
        Ok(self.page.next())
    }

    /// Sees to it that there is an item, unless it is the end.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.page.as_slice().is_empty() {
            match &mut self.next {
                Next::End => break,
                Next::Failed(_) => {
                    if let Next::Failed(error) = std::mem::replace(&mut self.next, Next::End) {
                        return Poll::Ready(Err(error));
                    }
                }
                Next::Page(_) => {
                    if let Next::Page(list) = std::mem::replace(&mut self.next, Next::End) {
                        self.cursor = list.cursor().cloned();
                        self.next = Next::Fetching(list.fetch());
                    }
                }
                Next::Fetching(fetching) => {
                    let (mut list, page) = ready!(fetching.as_mut().poll(context));
                    self.next = Next::End;
                    let page = page?;
                    self.page = page.items.into_iter();
                    let Some(next) = page.next_cursor else { continue };
                    self.next = if self.cursor.as_ref() == Some(&next) || self.way.returns_to(&next) {
                        let text = "the next page is one that the list has been at already";
                        Next::Failed(Error::local(ErrorKind::Unexpected, list.operation(), text).after(1))
                    } else {
                        list.go_to(next);
                        Next::Page(list)
                    };
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Nothing in it is pinned.
impl<T> Unpin for ItemStream<T> {}

impl<T> Stream for ItemStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.poll_page(context)) {
            Ok(()) => this.page.next().map(Ok),
            Err(error) => Some(Err(error)),
        })
    }
}

impl<T> fmt::Debug for ItemStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}
