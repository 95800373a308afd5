//! What the guide says holds.

mod book;
mod exchanges;
mod pages;
mod requirements;
