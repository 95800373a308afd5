//! A window of the browser.

use std::{path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use fantoccini::{Client, ClientBuilder, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Error, Noticed, Scheme, Screen, Violation, axe, driver::Driver, wire::Post};

const PATIENCE: Duration = Duration::from_secs(60);

/// A headless Chromium with one window. It is gone, with its files, when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // In this order: what is killed first writes no more into the folder.
    _driver: Driver,
    _folder: TempDir,
}

impl Browser {
    /// Starts chromedriver and the browser, as [`Screen::Desktop`] and [`Scheme::Light`].
    ///
    /// # Errors
    /// If one of the two is not installed or does not come up.
    pub async fn start() -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("browser-").tempdir()?;
        let driver = Driver::start("chromedriver", folder.path()).await?;
        let Value::Object(capabilities) = capabilities(folder.path()) else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.url()).await?;
        let browser = Self { client, _driver: driver, _folder: folder };
        browser.client.update_timeouts(TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None)).await?;
        browser.show(Screen::Desktop, Scheme::Light).await?;
        // The page that a new window shows is none of the test's.
        browser.goto("about:blank").await?;
        browser.noticed().await?;
        Ok(browser)
    }

    /// For what WebDriver can do beyond this: find elements, click, type.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Changes screen and colours, for the page that is shown (whose scripts have heard of it then) and for those to come.
    ///
    /// # Errors
    /// If the browser refuses.
    pub async fn show(&self, screen: Screen, scheme: Scheme) -> Result<(), Error> {
        self.devtools("Emulation.setDeviceMetricsOverride", &screen.metrics()).await?;
        self.devtools("Emulation.setTouchEmulationEnabled", &screen.touch()).await?;
        self.devtools("Emulation.setEmulatedMedia", &scheme.media()).await?;
        // A page hears of the change before its next frame is drawn.
        self.client.execute_async("requestAnimationFrame(arguments[0])", Vec::new()).await?;
        Ok(())
    }

    /// Goes to a page, and waits until it is loaded.
    ///
    /// # Errors
    /// If the page can't be had.
    pub async fn goto(&self, url: &str) -> Result<(), Error> {
        Ok(self.client.goto(url).await?)
    }

    /// What axe-core's rules find wrong with the page as it is now.
    ///
    /// # Errors
    /// If axe-core can't be run in the page.
    pub async fn axe(&self) -> Result<Vec<Violation>, Error> {
        axe::violations(&self.client).await
    }

    /// What the pages did since this was asked last: errors in the console, requests.
    ///
    /// # Errors
    /// If the browser's log can't be read.
    pub async fn noticed(&self) -> Result<Noticed, Error> {
        let console = self.client.issue_cmd(Post::log("browser")).await?;
        let performance = self.client.issue_cmd(Post::log("performance")).await?;
        Noticed::of(console, performance)
    }

    /// Writes a picture (PNG) of the page from top to bottom.
    ///
    /// # Errors
    /// If the file can't be written.
    pub async fn screenshot(&self, file: &Path) -> Result<(), Error> {
        let metrics = self.devtools("Page.getLayoutMetrics", &json!({})).await?;
        let size = &metrics["cssContentSize"];
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let picture = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.devtools("Page.captureScreenshot", &picture).await?;
        let data = answer["data"].as_str().unwrap_or_default();
        Ok(std::fs::write(file, STANDARD.decode(data).map_err(std::io::Error::other)?)?)
    }

    /// Ends the browser in order. Dropping it ends it as well, by force.
    ///
    /// # Errors
    /// If it is gone already.
    pub async fn close(self) -> Result<(), Error> {
        Ok(self.client.clone().close().await?)
    }

    async fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, Error> {
        Ok(self.client.issue_cmd(Post::devtools(command, parameters)).await?)
    }
}

fn capabilities(folder: &Path) -> Value {
    let mut arguments = vec![
        "--headless".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        // No name resolves but this machine's own, so that nothing can be reached beyond it.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned(),
        format!("--user-data-dir={}", folder.join("profile").display()),
    ];
    // Chromium's sandbox does not work for root.
    if nix::unistd::geteuid().is_root() {
        arguments.push("--no-sandbox".to_owned());
    }
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    })
}
