//! What a reader of a storage-format page sees, taken from its XML without the renderer's help.

use html5ever::driver::ParseOpts;
use html5ever::parse_document;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{NodeData, RcDom};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The visible parts of a page.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) words: Vec<String>,
    /// The plain bodies of macros and what stands in `pre`, one final newline aside.
    pub(crate) codes: Vec<String>,
    /// The bodies that are Markdown already and so stand in no fence.
    pub(crate) markdown: Vec<String>,
    pub(crate) tasks: Vec<bool>,
    /// How many images have an address or a file.
    pub(crate) images: usize,
    /// Where its hyperlinks lead, if that is a full address.
    pub(crate) addresses: Vec<String>,
}

/// An open element.
struct Open {
    name: String,
    /// For a macro its name, for a parameter the macro's and its own.
    label: String,
    is_hidden: bool,
    text: String,
    /// CDATA below, if any; text beside it is pretty-printing.
    verbatim: Option<String>,
    has_content: bool,
}

/// Macro parameters that Confluence shows.
const SHOWN: [&str; 10] = [
    "code/title",
    "noformat/title",
    "panel/title",
    "info/title",
    "tip/title",
    "note/title",
    "warning/title",
    "expand/title",
    "ui-expand/title",
    "status/title",
];

const HIDDEN: [&str; 11] = [
    "ac:adf-attribute",
    "ac:adf-parameter",
    "ac:task-id",
    "ac:task-uuid",
    "ac:task-status",
    "ac:placeholder",
    "script",
    "style",
    "title",
    "ac:default-parameter",
    "math",
];

/// Reads a page as far as it is XML.
pub(crate) fn read(body: &str) -> Source {
    let body = body.replace("\r\n", "\n");
    let mut reader = Reader::from_str(&body);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_dangling_amp = true;
    let mut source = Source::default();
    let mut text = String::new();
    let mut open: Vec<Open> = Vec::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(tag) => open.push(start(&tag, &open, &mut text, &mut source)),
            Event::Empty(tag) => {
                start(&tag, &open, &mut text, &mut source);
            }
            Event::End(_) => {
                if let Some(closed) = open.pop() {
                    end(closed, &mut open, &mut text, &mut source);
                }
            }
            Event::Text(part) => add(&mut open, &mut text, &part, false),
            Event::CData(part) => add(&mut open, &mut text, &part, true),
            Event::GeneralRef(name) => {
                let value = match name.strip_prefix('#') {
                    Some(_) => name.resolve_char_ref().ok().flatten().map(String::from),
                    None => Some(named(&name)),
                };
                add(
                    &mut open,
                    &mut text,
                    &value.unwrap_or_else(|| format!("&{};", &*name)),
                    false,
                );
            }
            _ => {}
        }
    }
    source.words = super::words(&text);
    source
}

/// What a browser makes of a named reference.
fn named(name: &str) -> String {
    let html = format!("<i>&{name};</i>");
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html.as_str());
    let mut text = String::new();
    let mut nodes = vec![dom.document.clone()];
    while let Some(node) = nodes.pop() {
        if let NodeData::Text { contents } = &node.data {
            text.push_str(&contents.borrow());
        }
        nodes.extend(node.children.borrow().iter().cloned());
    }
    text
}

/// Elements that do not keep words apart.
fn is_inline(name: &str) -> bool {
    const MARKS: [&str; 14] = [
        "strong", "em", "u", "span", "b", "i", "s", "del", "sub", "sup", "code", "a", "time", "small",
    ];
    const LINKS: [&str; 5] = [
        "ac:link",
        "ac:link-body",
        "ac:plain-text-link-body",
        "ac:emoticon",
        "ac:inline-comment-marker",
    ];
    MARKS.contains(&name) || LINKS.contains(&name) || name.starts_with("ri:")
}

fn attr(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag
        .html_attributes()
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.0 == name);
    found
        .map(|attribute| {
            quick_xml::escape::unescape(&attribute.value)
                .map_or_else(|_| attribute.value.to_string(), Into::into)
        })
        .unwrap_or_default()
}

fn start(tag: &BytesStart<'_>, open: &[Open], text: &mut String, source: &mut Source) -> Open {
    let name = tag.name().0.to_owned();
    let is_inside_hidden = open.last().is_some_and(|parent| parent.is_hidden);
    let label = match name.as_str() {
        "ac:structured-macro" | "ac:macro" => attr(tag, "ac:name"),
        "ac:parameter" => format!(
            "{}/{}",
            open.last().map_or("", |parent| parent.label.as_str()),
            attr(tag, "ac:name")
        ),
        _ => String::new(),
    };
    let is_duplicate = name == "ac:adf-fallback" && open.last().is_some_and(|parent| parent.has_content);
    let is_hidden = is_inside_hidden
        || HIDDEN.contains(&name.as_str())
        || attr(tag, "aria-hidden") == "true"
        || is_duplicate
        || (name == "ac:parameter" && !SHOWN.contains(&label.as_str()));
    if !is_hidden {
        match name.as_str() {
            "time" => text.push_str(&attr(tag, "datetime")),
            "ri:attachment" | "ri:url" if open.last().is_some_and(|parent| parent.name == "ac:image") => {
                source.images += 1;
            }
            "a" => source
                .addresses
                .extend(Some(attr(tag, "href")).filter(|href| href.starts_with("http"))),
            _ => {}
        }
    }
    let is_card = matches!(attr(tag, "data-card-appearance").as_str(), "block" | "embed");
    if !is_inline(&name) || is_card {
        text.push(' ');
    }
    Open {
        name,
        label,
        is_hidden,
        text: String::new(),
        verbatim: None,
        has_content: false,
    }
}

fn end(closed: Open, open: &mut [Open], text: &mut String, source: &mut Source) {
    let parent = open.last_mut();
    match closed.name.as_str() {
        "ac:adf-content" => open.iter_mut().for_each(|outer| outer.has_content = true),
        "ac:plain-text-body" => {
            let code = closed.verbatim.unwrap_or(closed.text);
            text.extend([" ", &code, " "]);
            let label = parent.map(|parent| parent.label.clone()).unwrap_or_default();
            match label.as_str() {
                "markdown" => source.markdown.push(code),
                _ => push_code(&code, source),
            }
        }
        "pre" => {
            push_code(closed.text.strip_prefix('\n').unwrap_or(&closed.text), source);
            text.push(' ');
        }
        "ac:task-status" => source.tasks.push(closed.text.trim() == "complete"),
        name if !is_inline(name) => text.push(' '),
        _ => {}
    }
}

/// A body without a character has no fence.
fn push_code(code: &str, source: &mut Source) {
    let code = code.strip_suffix('\n').unwrap_or(code);
    if !code.is_empty() {
        source.codes.push(code.to_owned());
    }
}

fn add(open: &mut [Open], text: &mut String, part: &str, is_verbatim: bool) {
    if let Some(pre) = open.iter_mut().find(|outer| outer.name == "pre") {
        pre.text.push_str(part);
    }
    let Some(innermost) = open.last_mut() else {
        text.push_str(part);
        return;
    };
    if is_verbatim {
        innermost.verbatim.get_or_insert_default().push_str(part);
    }
    if innermost.name != "pre" {
        innermost.text.push_str(part);
    }
    if !innermost.is_hidden && innermost.name != "ac:plain-text-body" {
        text.push_str(part);
    }
}
