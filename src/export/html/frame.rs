//! What is around every page: the head, the way to it, and a policy that forbids whatever a mistake of ours let through.

use crate::export::places::relative;

use super::escaped;

/// What stands in the folder's style.
pub(in crate::export) const STYLESHEET: &str = "style.css";

/// Nothing runs, and nothing comes from elsewhere. A folder on the disk is no origin, so its scheme is named.
const POLICY: &str =
    "default-src 'none'; img-src 'self' file:; style-src 'self' file:; base-uri 'none'; form-action 'none'";

/// One page.
pub(super) struct Frame<'a> {
    /// Where it is below the folder.
    pub(super) path: &'a str,
    /// What its tab is called.
    pub(super) title: &'a str,
    /// The links above it.
    pub(super) way: &'a str,
}

impl Frame<'_> {
    pub(super) fn around(&self, main: &str) -> String {
        let nav = if self.way.is_empty() {
            String::new()
        } else {
            format!("<nav>{}</nav>\n", self.way)
        };
        format!(
            "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{}</title>\n<link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n{nav}<main>\n{main}</main>\n\
             </body>\n</html>\n",
            escaped(self.title),
            escaped(&relative(self.path, STYLESHEET)),
        )
    }
}
