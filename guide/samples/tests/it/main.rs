//! Each sample runs against the service and against the mock, and shows what the guide says that it shows.

mod coverage;
mod every_error;
mod keeping_up;
mod shown;
