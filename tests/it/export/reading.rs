//! Reads an export as its readers do: with a YAML parser, another Markdown parser than ours, and an HTML parser.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use html5ever::driver::ParseOpts;
use html5ever::parse_document;
use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use percent_encoding::percent_decode_str;
use yaml_rust2::{Yaml, YamlLoader};

use super::support::files;

/// What a file is linked with: the addresses in it, and the places that others can lead to.
#[derive(Default)]
struct Links {
    addresses: Vec<String>,
    places: BTreeSet<String>,
}

/// How much of an export was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) documents: usize,
    pub(crate) links: usize,
    pub(crate) anchors: usize,
    /// Links to a place in their own page that is not there: it was not on the site either.
    pub(crate) dead: Vec<String>,
}

/// Opens every document, reads its front matter, and follows every relative link. Panics if one leads nowhere.
pub(crate) fn opens_clean(dir: &Path) -> Opened {
    let mut opened = Opened::default();
    let files = files(dir);
    let read: BTreeMap<&str, Links> = files
        .iter()
        .filter_map(|(path, content)| Some((path.as_str(), links_of(path, content)?)))
        .collect();
    for (path, links) in &read {
        opened.documents += 1;
        for address in links.addresses.iter().filter(|address| is_relative(address)) {
            let (file, place) = address.split_once('#').unwrap_or((address, ""));
            let target = if file.is_empty() {
                (*path).to_owned()
            } else {
                resolved(path, file)
            };
            assert!(
                files.contains_key(&target),
                "{path} links to {address}, and there is no {target}"
            );
            opened.links += 1;
            if !place.is_empty() {
                let place = percent_decode_str(place).decode_utf8().unwrap();
                let places = &read[target.as_str()].places;
                if file.is_empty() && !places.contains(&*place) {
                    opened.dead.push(format!("{path} {address}"));
                    continue;
                }
                assert!(
                    places.contains(&*place),
                    "{path} links to {address}, which has only {places:?}"
                );
                opened.anchors += 1;
            }
        }
    }
    opened
}

fn links_of(path: &str, content: &[u8]) -> Option<Links> {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    let text = || std::str::from_utf8(content).unwrap();
    match extension {
        Some("md") => {
            let (yaml, markdown) = front_matter(text());
            assert!(yaml["id"].as_str().is_some(), "{path} has no id");
            Some(links_of_html(&github(markdown)))
        }
        Some("html") => Some(links_of_html(text())),
        _ => None,
    }
}

/// The front matter of a file, and what follows it.
pub(crate) fn front_matter(text: &str) -> (Yaml, &str) {
    let rest = text.strip_prefix("---\n").unwrap();
    let (yaml, markdown) = rest.split_once("\n---\n").unwrap();
    let mut documents = YamlLoader::load_from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
    assert_eq!(documents.len(), 1);
    (documents.remove(0), markdown)
}

/// Markdown as GitHub shows it, with the places it gives to headings.
fn github(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.alerts = true;
    options.extension.header_id_prefix = Some(String::new());
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

fn links_of_html(html: &str) -> Links {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut links = Links::default();
    let mut open: Vec<Handle> = vec![dom.document.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { attrs, .. } = &node.data {
            // comrak links its headings to themselves.
            let is_anchor = attrs
                .borrow()
                .iter()
                .any(|attribute| &*attribute.value == "anchor");
            for attribute in attrs.borrow().iter() {
                match &*attribute.name.local {
                    "href" | "src" if !is_anchor => links.addresses.push(attribute.value.to_string()),
                    "id" => drop(links.places.insert(attribute.value.to_string())),
                    _ => {}
                }
            }
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    links
}

fn is_relative(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap();
    !scheme.contains(':') && !address.starts_with("//")
}

fn resolved(from: &str, address: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for segment in address.split('/') {
        match segment {
            ".." => assert!(path.pop().is_some(), "{from} links out of the folder: {address}"),
            segment => path.push(segment),
        }
    }
    let path = path.join("/");
    percent_decode_str(&path).decode_utf8().unwrap().into_owned()
}
