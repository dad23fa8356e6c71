//! Diagrams drawn by apps.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;

use crate::convert::links::LinkTarget;
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;

use super::code;
use super::media::{self, Image};

/// What a diagram may unpack to, in bytes.
const MAX_DIAGRAM: u64 = 4 << 20;

/// draw.io and Gliffy store a preview beside the diagram, named after it.
pub(in crate::convert) fn preview_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(name) = found.first_param(&["diagramName", "diagramDisplayName", "name"]) {
        let preview = LinkTarget::Attachment {
            holder: None,
            name: format!("{name}.png"),
        };
        let image = Image {
            alt: name,
            ..Image::default()
        };
        pen.in_paragraph(|pen| media::show(pen, preview, image));
    }
    macros::remark(pen, found);
}

/// Mermaid's text is in the body, or in an attachment that is linked.
pub(in crate::convert) fn mermaid_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(text) = found.plain.as_ref().filter(|text| !text.trim().is_empty()) {
        return code::fence(pen, text, "mermaid");
    }
    if let Some(name) = found.first_param(&["filename", "attachment", "name"]) {
        let target = LinkTarget::Attachment { holder: None, name };
        pen.in_paragraph(|pen| media::file(pen, target));
    }
    macros::framed(pen, found);
}

pub(in crate::convert) fn plantuml_macro(pen: &mut Pen<'_>, found: &Macro) {
    match &found.plain {
        Some(text) if !text.trim().is_empty() => code::fence(pen, text, "plantuml"),
        _ => macros::framed(pen, found),
    }
}

/// `PlantUML` for Cloud packs its text into a parameter.
pub(in crate::convert) fn plantuml_cloud_macro(pen: &mut Pen<'_>, found: &Macro) {
    let is_compressed = found.param("compressed").as_deref() == Some("true");
    match found.param("data").and_then(|data| unpack(&data, is_compressed)) {
        Some(text) => code::fence(pen, &text, "plantuml"),
        None => plantuml_macro(pen, found),
    }
}

fn unpack(data: &str, is_compressed: bool) -> Option<String> {
    let packed = STANDARD
        .decode(data.split_whitespace().collect::<String>())
        .ok()?;
    let text = if is_compressed {
        inflate(&packed)?
    } else {
        String::from_utf8(packed).ok()?
    };
    if text.contains("@start") {
        return Some(text);
    }
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8().ok()?;
    (!decoded.trim().is_empty()).then(|| decoded.into_owned())
}

fn inflate(packed: &[u8]) -> Option<String> {
    let mut text = String::new();
    DeflateDecoder::new(packed)
        .take(MAX_DIAGRAM)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}
