//! Exports: what somebody finds in the folder, now and after the next export.

mod folder;
mod killed;
mod markdown;
mod reading;
mod real;
mod site;
pub(crate) mod support;
mod versions;
