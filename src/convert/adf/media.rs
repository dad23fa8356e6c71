//! Images and files.

use super::json::Json;
use super::{Writer, attr, children, kind, marks_on, string};

impl Writer {
    pub(super) fn media(&mut self, node: &Json) {
        match kind(node) {
            "mediaGroup" => self.element("p", &[], |writer| {
                for media in children(node) {
                    writer.file(media);
                }
            }),
            "mediaSingle" => self.image_with_caption(node),
            "mediaInline" if attr(node, "type") != "image" => self.file(node),
            _ => self.image(node, None),
        }
    }

    fn image_with_caption(&mut self, node: &Json) {
        let caption = children(node).iter().find(|child| kind(child) == "caption");
        for child in children(node).iter().filter(|child| kind(child) != "caption") {
            match kind(child) {
                "media" => self.image(child, caption),
                _ => self.node(child),
            }
        }
    }

    fn image(&mut self, media: &Json, caption: Option<&Json>) {
        let (alt, href) = (attr(media, "alt"), link_of(media));
        self.element("ac:image", &[("ac:alt", &alt), ("ac:href", &href)], |writer| {
            writer.resource(media);
            if let Some(caption) = caption {
                writer.container("ac:caption", &[], caption);
            }
        });
    }

    /// A file that is only named.
    fn file(&mut self, media: &Json) {
        self.element("ac:structured-macro", &[("ac:name", "view-file")], |writer| {
            writer.element("ac:parameter", &[("ac:name", "name")], |writer| {
                writer.resource(media);
            });
        });
    }

    /// A document names files by an id of their own; only the description may hold the file name.
    fn resource(&mut self, media: &Json) {
        if attr(media, "type") == "external" {
            self.element("ri:url", &[("ri:value", &attr(media, "url"))], |_| {});
        } else {
            let name = [attr(media, "__fileName"), attr(media, "alt"), attr(media, "id")];
            let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            self.element("ri:attachment", &[("ri:filename", &name)], |_| {});
        }
    }
}

/// Where a click on an image leads.
fn link_of(media: &Json) -> String {
    let link = marks_on(media).iter().find(|mark| kind(mark) == "link");
    link.map(|link| string(link, &["attrs", "href"]))
        .unwrap_or_default()
}
