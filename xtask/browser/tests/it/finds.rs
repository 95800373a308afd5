//! A violation, an error in the console, a request to another machine: each is found, and an orderly page has none.

use browser::{Browser, Noticed, Scheme, Screen};
use tempfile::TempDir;

struct Page {
    _folder: TempDir,
    url: String,
}

fn page(body: &str) -> Page {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let html = format!(
        "<!DOCTYPE html><html lang=en><title>A page</title><meta name=viewport content='width=device-width'>\
         <style>@media (prefers-color-scheme: dark) {{ .greyish {{ color: #222; background: #111 }} }}</style>\
         <main><h1>A page</h1>{body}</main></html>"
    );
    std::fs::write(&file, html).expect("the page is written");
    Page { url: format!("file://{}", file.display()), _folder: folder }
}

async fn noticed(browser: &Browser, body: &str) -> Noticed {
    browser.goto(&page(body).url).await.expect("the page loads");
    browser.noticed().await.expect("the log can be read")
}

#[tokio::test]
async fn what_is_wrong_with_a_page_is_found_and_an_orderly_page_has_none() {
    let browser = Browser::start().await.expect("the browser starts");

    let orderly = page("<p class=greyish>Nothing is wrong.</p>");
    browser.goto(&orderly.url).await.expect("the page loads");
    assert_eq!(browser.axe().await.expect("axe runs"), []);
    assert_eq!(browser.noticed().await.expect("the log can be read"), Noticed::default());

    browser.show(Screen::Desktop, Scheme::Dark).await.expect("it turns dark");
    let in_the_dark = browser.axe().await.expect("axe runs");
    assert_eq!(in_the_dark[0].rule, "color-contrast");
    assert_eq!(in_the_dark[0].target, "p");
    browser.show(Screen::Desktop, Scheme::Light).await.expect("it turns light");

    browser.goto(&page("<img id=mute src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>").url).await.expect("it loads");
    let mute = browser.axe().await.expect("axe runs");
    assert_eq!(mute[0].rule, "image-alt");
    assert_eq!(mute[0].target, "#mute");
    assert!(mute[0].to_string().contains("<img id=\"mute\""), "{}", mute[0]);
    assert_eq!(browser.noticed().await.expect("the log can be read"), Noticed::default());

    let failed = noticed(&browser, "<script>throw new Error('on purpose')</script>").await;
    assert!(failed.console_errors[0].contains("on purpose"), "{failed}");

    for asked in ["http://connectors.example/a.png", "http://192.0.2.1/a.png"] {
        let left = noticed(&browser, &format!("<img alt='' src='{asked}'>")).await;
        assert_eq!(left.off_machine, [asked], "{left}");
        assert!(left.failed[0].contains("ERR_NAME_NOT_RESOLVED"), "{asked} was not looked for: {left}");
    }
    let left = noticed(&browser, "<script>fetch('http://connectors.example/a')</script>").await;
    assert_eq!(left.off_machine, ["http://connectors.example/a"], "{left}");

    let missing = noticed(&browser, "<img alt='' src='no-such-file.png'>").await;
    assert!(missing.failed[0].contains("ERR_FILE_NOT_FOUND"), "{missing}");
    assert!(missing.off_machine.is_empty(), "{missing}");
    browser.close().await.expect("the browser ends");
}

#[tokio::test]
async fn a_phone_is_narrow_and_a_screenshot_shows_the_page_from_top_to_bottom() {
    let browser = Browser::start().await.expect("the browser starts");
    let tall = page("<div style='height: 3000px'></div>");

    browser.show(Screen::Phone, Scheme::Light).await.expect("it becomes a phone");
    browser.goto(&tall.url).await.expect("the page loads");
    let width = browser.client().execute("return window.innerWidth", Vec::new()).await.expect("the width");
    assert_eq!(width, 390);
    let coarse = "return matchMedia('(pointer: coarse)').matches";
    assert_eq!(browser.client().execute(coarse, Vec::new()).await.expect("the pointer"), true);

    let listens = "matchMedia('(prefers-color-scheme: dark)').onchange = () => { document.title = 'dark' }";
    browser.client().execute(listens, Vec::new()).await.expect("the page listens");
    browser.show(Screen::Phone, Scheme::Dark).await.expect("it turns dark");
    assert_eq!(browser.client().title().await.expect("the title"), "dark");

    let picture = tempfile::NamedTempFile::new().expect("a file");
    browser.screenshot(picture.path()).await.expect("the picture is written");
    let (width, height) = size(&std::fs::read(picture.path()).expect("the picture"));
    assert_eq!(width, 390);
    assert!(height > 3000, "{height}");
    browser.close().await.expect("the browser ends");
}

/// A PNG begins with a signature of 8 bytes, and the header's length and name; then come width and height.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}
