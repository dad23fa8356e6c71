//! What the tests share.

pub(crate) mod installation;
pub(crate) mod memory_site;
pub(crate) mod outsider;
pub(crate) mod program;
pub(crate) mod shown;
pub(crate) mod watched;
