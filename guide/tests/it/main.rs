//! The book, as readers get it.

mod accessible;
