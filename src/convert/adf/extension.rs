//! Macros and what apps add.

use super::json::Json;
use super::{Writer, attr, children, kind, string};

/// Confluence's own macros, and those of apps that came over from the old editor.
const MACROS: [&str; 2] = [
    "com.atlassian.confluence.macro.core",
    "com.atlassian.confluence.migration",
];

impl Writer {
    pub(super) fn extension(&mut self, node: &Json) {
        if MACROS.contains(&attr(node, "extensionType").as_str()) {
            self.element(
                "ac:structured-macro",
                &[("ac:name", &attr(node, "extensionKey"))],
                |writer| {
                    writer.macro_parameters(node);
                    writer.bodies(node);
                },
            );
        } else {
            self.app_extension(node);
        }
    }

    /// Parameters as Confluence packs them: `{"name": {"value": "…"}}`.
    fn macro_parameters(&mut self, node: &Json) {
        if let Some(params) = node.at(&["attrs", "parameters", "macroParams"]) {
            for (name, value) in params.fields() {
                // The body of a macro with plain text comes as a parameter of this name.
                if name == "__bodyContent" {
                    self.element("ac:plain-text-body", &[], |writer| {
                        writer.builder.verbatim(&string(value, &["value"]));
                    });
                } else {
                    self.parameter(name, &string(value, &["value"]));
                }
            }
        }
    }

    fn bodies(&mut self, node: &Json) {
        match kind(node) {
            "bodiedExtension" => self.container("ac:rich-text-body", &[], node),
            "multiBodiedExtension" => {
                for frame in children(node) {
                    self.container("ac:rich-text-body", &[], frame);
                }
            }
            _ => {}
        }
    }

    fn app_extension(&mut self, node: &Json) {
        let (key, name) = (attr(node, "extensionKey"), attr(node, "extensionType"));
        let text = attr(node, "text");
        self.element("ac:adf-extension", &[], |writer| {
            writer.element("ac:adf-node", &[("type", kind(node))], |writer| {
                writer.adf_attributes(&[("extension-key", &key), ("extension-type", &name)]);
                writer.app_parameters(node);
                if !children(node).is_empty() {
                    writer.container("ac:adf-content", &[], node);
                }
            });
            writer.element("ac:adf-fallback", &[], |writer| writer.text(&text));
        });
    }

    fn app_parameters(&mut self, node: &Json) {
        if let Some(params) = node.at(&["attrs", "parameters"]) {
            for (name, value) in params.fields() {
                self.element("ac:adf-parameter", &[("key", name)], |writer| {
                    writer.text(&value.to_string());
                });
            }
        }
    }
}
