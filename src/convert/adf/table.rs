//! Tables.

use super::json::Json;
use super::{Writer, attr, children, kind};

impl Writer {
    /// The numbers of a numbered table are not in the document: they are written here.
    pub(super) fn table(&mut self, node: &Json) {
        let is_numbered = attr(node, "isNumberColumnEnabled") == "true";
        let mut number = 0;
        self.element("table", &[], |writer| {
            for row in children(node) {
                let is_header = children(row).iter().all(|cell| kind(cell) == "tableHeader");
                number += u32::from(!is_header);
                let label = if is_header {
                    String::new()
                } else {
                    number.to_string()
                };
                writer.element("tr", &[], |writer| {
                    if is_numbered {
                        let name = if is_header { "th" } else { "td" };
                        writer.element(name, &[], |writer| writer.text(&label));
                    }
                    for cell in children(row) {
                        writer.cell(cell);
                    }
                });
            }
        });
    }

    fn cell(&mut self, cell: &Json) {
        let name = if kind(cell) == "tableHeader" { "th" } else { "td" };
        let (colspan, rowspan) = (attr(cell, "colspan"), attr(cell, "rowspan"));
        self.container(name, &[("colspan", &colspan), ("rowspan", &rowspan)], cell);
    }
}
