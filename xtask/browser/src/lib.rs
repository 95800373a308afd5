//! A real browser for the tests: a headless Chromium that reaches nothing beyond this machine, and that tells what a page did.
//!
//! ```no_run
//! use browser::{Browser, Scheme, Screen};
//!
//! # async fn example() -> Result<(), browser::Error> {
//! let browser = Browser::start().await?;
//! browser.show(Screen::Phone, Scheme::Dark).await?;
//! browser.goto("http://127.0.0.1:8080/docs").await?;
//!
//! assert_eq!(browser.axe().await?, []); // no rule of accessibility is broken
//! assert!(browser.noticed().await?.is_clean()); // no error in the console, no request to another machine
//! browser.close().await
//! # }
//! ```
//!
//! It needs the programs `chromium` and `chromedriver`, Debian's packages `chromium` and `chromium-driver`.

mod axe;
mod driver;
mod error;
mod noticed;
mod session;
mod view;
mod wire;

pub use axe::Violation;
pub use error::Error;
pub use fantoccini;
pub use noticed::Noticed;
pub use session::Browser;
pub use view::{Scheme, Screen};
