//! The built book in a real browser: everybody can read it, on a desktop and on a phone, in light and in dark.

use std::path::{Path, PathBuf};

use browser::{
    Browser, Noticed, Scheme, Screen,
    fantoccini::{Client, Locator, key::Key},
};
use tempfile::TempDir;
use url::Url;

/// The book, built into a folder of its own, and a browser to read it with.
struct Book {
    folder: TempDir,
    browser: Browser,
}

impl Book {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        connectors_guide::build(&connectors_guide::root(), folder.path()).expect("the book builds");
        Self { folder, browser: Browser::start().await.expect("the browser starts") }
    }

    fn pages(&self) -> Vec<PathBuf> {
        let mut pages = Vec::new();
        collect(self.folder.path(), &mut pages);
        pages.sort();
        pages
    }

    async fn goto(&self, page: &Path) {
        let url = Url::from_file_path(self.folder.path().join(page)).expect("an absolute path");
        self.browser.goto(url.as_str()).await.expect("the page loads");
    }

    async fn show(&self, screen: Screen, scheme: Scheme) {
        self.browser.show(screen, scheme).await.expect("the view changes");
    }

    fn client(&self) -> &Client {
        self.browser.client()
    }

    /// What is wrong with the page that is shown: the rules that it breaks, and what can't be read on this screen.
    async fn faults(&self) -> Vec<String> {
        let violations = self.browser.axe().await.expect("axe runs");
        let mut faults: Vec<String> = violations.iter().map(ToString::to_string).collect();
        let unreadable = self.client().execute(UNREADABLE, Vec::new()).await.expect("the page is measured");
        let unreadable = unreadable.as_array().expect("a list").iter().filter_map(|fault| fault.as_str());
        faults.extend(unreadable.map(str::to_owned));
        faults
    }
}

/// `clientWidth` is the screen's: a phone's `innerWidth` grows with what does not fit.
const UNREADABLE: &str = r#"
    const faults = [];
    const [page, screen] = [document.scrollingElement.scrollWidth, document.documentElement.clientWidth];
    if (page > screen) faults.push(`the page scrolls sideways: ${page} px on a screen of ${screen} px`);
    for (const text of document.querySelectorAll('figure.diagram text')) {
        const svg = text.ownerSVGElement;
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const size = parseFloat(getComputedStyle(text).fontSize) * scale;
        if (size < 13) faults.push(`${size} px is too small for "${text.textContent}" in a diagram`);
    }
    return faults;
"#;

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            pages.push(path);
        }
    }
}

#[tokio::test]
async fn every_page_can_be_read_by_everybody_on_a_desktop_in_light_and_dark() {
    assert_readable(Screen::Desktop, [Scheme::Light, Scheme::Dark]).await;
}

#[tokio::test]
async fn every_page_can_be_read_by_everybody_on_a_phone_in_light_and_dark() {
    assert_readable(Screen::Phone, [Scheme::Dark, Scheme::Light]).await;
}

/// Each page is loaded in the first of the colours, and changes to the other while it is shown.
async fn assert_readable(screen: Screen, schemes: [Scheme; 2]) {
    let book = Book::open().await;
    let pages = book.pages();
    for name in ["index.html", "toc.html", "print.html", "introduction.html"] {
        assert!(pages.iter().any(|page| page.ends_with(name)), "{name} is not among {pages:?}");
    }
    let mut faults = Vec::new();
    // `print.html` holds all pages again, for paper.
    for page in pages.iter().filter(|page| !page.ends_with("print.html")) {
        let name = page.strip_prefix(book.folder.path()).unwrap_or(page).display();
        book.show(screen, schemes[0]).await;
        book.goto(page).await;
        for scheme in schemes {
            book.show(screen, scheme).await;
            let found = book.faults().await;
            faults.extend(found.iter().map(|fault| format!("{name}, {scheme:?}: {fault}")));
        }
        let noticed = book.browser.noticed().await.expect("the log can be read");
        if !noticed.is_clean() {
            faults.push(format!("{name}: {noticed}"));
        }
    }
    book.browser.close().await.expect("the browser ends");
    assert!(faults.is_empty(), "{} faults:\n\n{}", faults.len(), faults.join("\n\n"));
}

#[tokio::test]
async fn the_book_on_one_page_can_be_read_by_everybody() {
    let book = Book::open().await;
    book.goto(&book.folder.path().join("print.html")).await;
    assert_eq!(book.faults().await, Vec::<String>::new());
    assert_eq!(book.browser.noticed().await.expect("the log can be read"), Noticed::default());
    book.browser.close().await.expect("the browser ends");
}

#[tokio::test]
async fn what_opens_can_be_read_and_reached_with_the_keyboard_too() {
    let book = Book::open().await;
    let page = book.folder.path().join("introduction.html");
    for (screen, scheme) in [(Screen::Phone, Scheme::Light), (Screen::Desktop, Scheme::Dark)] {
        book.show(screen, scheme).await;

        book.goto(&page).await;
        press(book.client(), "body", &Key::Tab.to_string()).await;
        assert_eq!(focused(book.client()).await, "Skip to the text");
        press(book.client(), ":focus", &Key::Enter.to_string()).await;
        press(book.client(), ":focus", &Key::Tab.to_string()).await;
        assert!(shown(book.client(), "main :focus, .chapters :focus").await, "the text is next on {screen:?}");

        if screen == Screen::Phone {
            assert!(!shown(book.client(), "#mdbook-sidebar").await);
            press(book.client(), "#mdbook-sidebar-toggle", &Key::Enter.to_string()).await;
        }
        assert!(
            shown(book.client(), "#mdbook-sidebar a[aria-current=page]").await,
            "the contents are open on {screen:?}"
        );
        assert_eq!(book.faults().await, Vec::<String>::new(), "contents, {screen:?}");

        book.goto(&page).await;
        press(book.client(), "#mdbook-theme-toggle", &Key::Enter.to_string()).await;
        assert!(shown(book.client(), "#mdbook-theme-dark").await);
        assert_eq!(book.faults().await, Vec::<String>::new(), "light or dark, {screen:?}");

        book.goto(&page).await;
        press(book.client(), "#mdbook-search-toggle", &Key::Enter.to_string()).await;
        let bar = book.client().wait().for_element(Locator::Css("#mdbook-searchbar")).await.expect("the search");
        bar.send_keys("tenant").await.expect("a word is typed");
        let found = Locator::Css("#mdbook-searchresults .teaser");
        book.client().wait().for_element(found).await.expect("the word is found");
        assert_eq!(book.faults().await, Vec::<String>::new(), "search, {screen:?}");
    }
    book.browser.close().await.expect("the browser ends");
}

async fn press(client: &Client, selector: &str, key: &str) {
    let element = client.find(Locator::Css(selector)).await.expect("the element to press a key on");
    element.send_keys(key).await.expect("the key is pressed");
}

async fn shown(client: &Client, selector: &str) -> bool {
    let Ok(element) = client.find(Locator::Css(selector)).await else { return false };
    element.is_displayed().await.expect("its state")
}

async fn focused(client: &Client) -> String {
    let element = client.active_element().await.expect("something has the focus");
    element.text().await.expect("its text")
}
