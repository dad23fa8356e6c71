//! Content of other pages.

use crate::convert::links;
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;

use super::link;

/// A link to the page whose content Confluence would show here.
pub(in crate::convert) fn include_macro(pen: &mut Pen<'_>, found: &Macro) {
    let resource = ["", "page", "pageTitle", "default-parameter"]
        .into_iter()
        .find_map(|name| found.resource(name));
    let target = resource.and_then(|resource| pen.place().target_of(&resource));
    let Some(target) = target else {
        return macros::framed(pen, found);
    };
    let title = links::default_label(&target);
    let label = match (found.name.as_str(), found.param("name")) {
        ("include", _) => format!("Included page: {title}"),
        (_, Some(name)) => format!("Excerpt \"{name}\": {title}"),
        (_, None) => format!("Excerpt: {title}"),
    };
    let to = pen.place().link_to(target, None);
    pen.in_paragraph(|pen| link::to(pen, to, None, &label));
    macros::remark(pen, found);
}
