//! What a browser is shown after the consent screen. Self-contained, and nothing of the request in it.

/// An answer to a browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    status: &'static str,
    title: &'static str,
    text: &'static str,
}

pub(super) const CONSENTED: Page = Page {
    status: "200 OK",
    title: "Consent received",
    text: "You can close this window. The terminal goes on from here.",
};
pub(super) const DECLINED: Page = Page {
    status: "200 OK",
    title: "Consent declined",
    text: "Nothing was changed. You can close this window.",
};
pub(super) const FAILED: Page = Page {
    status: "400 Bad Request",
    title: "This did not work",
    text: "The terminal says why. You can close this window.",
};
pub(super) const NOT_HERE: Page = Page {
    status: "404 Not Found",
    title: "Nothing here",
    text: "Please follow the address that the terminal printed.",
};
pub(super) const ONLY_GET: Page = Page {
    status: "405 Method Not Allowed",
    ..NOT_HERE
};

impl Page {
    /// The whole HTTP response.
    pub(super) fn response(&self) -> String {
        let Self { status, title, text } = self;
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>millpond: {title}</title>\
             <style>body{{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;\
             color:#1d2b36;background:#f4f8fa}}</style><h1>{title}</h1><p>{text}</p></html>"
        );
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n{body}",
            body.len()
        )
    }
}
