//! A macro as a page invokes it: name, parameters, bodies.

use html2md::Handle;
use serde_json::{Value, json};

use crate::convert::comments::{self, Pairs};
use crate::convert::tree;

/// A macro as it stands in a page.
pub(in crate::convert) struct Macro {
    /// Its name.
    pub(in crate::convert) name: String,
    /// Its parameter elements, in order.
    params: Vec<Handle>,
    /// Its rich bodies; a few macros have several.
    pub(in crate::convert) bodies: Vec<Handle>,
    /// Its plain body.
    pub(in crate::convert) plain: Option<String>,
}

impl Macro {
    /// Reads an `ac:structured-macro`, or an `ac:macro` of old.
    pub(in crate::convert) fn of(node: &Handle) -> Self {
        let mut found = Self {
            name: tree::attr(node, "ac:name").unwrap_or_default().to_string(),
            params: Vec::new(),
            bodies: Vec::new(),
            plain: None,
        };
        let mut strays = Vec::new();
        for part in node.children.borrow().iter() {
            match tree::name_of(part) {
                "ac:parameter" | "ac:default-parameter" => found.params.push(part.clone()),
                "ac:rich-text-body" => found.bodies.push(part.clone()),
                "ac:plain-text-body" => found.plain = Some(tree::verbatim_of(part)),
                // The editor's own notes.
                name if name.starts_with("ac:adf-") => {}
                _ if tree::is_blank(part) => {}
                // Some macros have content beside a body, or without one.
                _ => strays.push(part.clone()),
            }
        }
        if !strays.is_empty() {
            found.bodies.push(tree::holder_of(strays));
        }
        found
    }

    /// A parameter's text, without the white space around it.
    pub(in crate::convert) fn param(&self, name: &str) -> Option<String> {
        let text = tree::text_of(self.param_element(name)?);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The first of these parameters that has text.
    pub(in crate::convert) fn first_param(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.param(name))
    }

    /// The resource that a parameter holds, such as `ri:attachment`.
    pub(in crate::convert) fn resource(&self, name: &str) -> Option<Handle> {
        resources_in(self.param_element(name)?).into_iter().next()
    }

    fn param_element(&self, name: &str) -> Option<&Handle> {
        self.params.iter().find(|param| param_name(param) == name)
    }

    /// Whether it has something inside.
    pub(in crate::convert) fn has_body(&self) -> bool {
        !self.bodies.is_empty() || self.plain.is_some()
    }

    /// Its parameters, for a comment.
    fn pairs(&self) -> Pairs {
        self.params
            .iter()
            .map(|param| (param_name(param), value_of(param)))
            .collect()
    }

    /// The comment that says all of it but the body.
    pub(in crate::convert) fn comment(&self) -> String {
        comments::open("macro", &[("name", &self.name)], &self.pairs())
    }
}

fn param_name(param: &Handle) -> String {
    tree::attr(param, "ac:name").unwrap_or_default().to_string()
}

/// The resource identifiers inside a parameter; links around them do not count.
fn resources_in(param: &Handle) -> Vec<Handle> {
    let unwrap = |element: Handle| {
        if tree::name_of(&element) == "ac:link" {
            tree::elements(&element)
        } else {
            vec![element]
        }
    };
    tree::elements(param)
        .into_iter()
        .flat_map(unwrap)
        .filter(|element| tree::name_of(element).starts_with("ri:"))
        .collect()
}

fn value_of(param: &Handle) -> Value {
    let mut resources: Vec<Value> = resources_in(param).iter().map(resource_value).collect();
    match resources.len() {
        0 => tree::text_of(param).into(),
        1 => resources.swap_remove(0),
        _ => resources.into(),
    }
}

fn resource_value(resource: &Handle) -> Value {
    let attr = |name| tree::attr(resource, name).map(|value| value.to_string());
    let holder = tree::elements(resource).first().map(resource_value);
    match tree::name_of(resource) {
        "ri:page" | "ri:blog-post" => match attr("ri:space-key") {
            Some(space) => json!({"page": attr("ri:content-title"), "space": space}),
            None => json!({"page": attr("ri:content-title")}),
        },
        "ri:attachment" => match holder {
            Some(holder) => json!({"attachment": attr("ri:filename"), "of": holder}),
            None => json!({"attachment": attr("ri:filename")}),
        },
        "ri:user" => {
            json!({"user": attr("ri:account-id").or_else(|| attr("ri:userkey")).or_else(|| attr("ri:username"))})
        }
        "ri:url" => json!({"url": attr("ri:value")}),
        "ri:space" => json!({"space": attr("ri:space-key")}),
        "ri:content-entity" => json!({"content": attr("ri:content-id")}),
        name => json!({"resource": name}),
    }
}
