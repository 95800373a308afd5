//! What the guide says holds.

mod accessible;
mod book;
mod exchanges;
mod pages;
mod requirements;
