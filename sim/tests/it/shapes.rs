//! Every answer has the shape that Atlassian's own specification describes, but for the defects known of it.
//!
//! What is checked: types, dates, required fields, fields unknown to the specification, and nulls where it has none.
//! What is not: values of enumerations, which are open in practice, and lengths and patterns, of which it has none.

use std::path::Path;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::visitor::{SCOPES, Scene, text};

/// Fields that are null on the real site though the specification does not say so.
const NULL_ANYWAY: &[&str] = &[
    "parentId",
    "parentType",
    "description",
    "icon",
    "homepageId",
    "mediaTypeDescription",
    "authorId",
    "timeZone",
    "personalSpaceId",
];

/// Fields that the real site has and the specification lacks.
const EXTRA: &[&str] = &["inline-marker-ref", "inline-original-selection"];

/// Fields of another type than the specification says: milliseconds in place of a date.
const OTHERWISE: &[(&str, &str)] = &[("FolderSingle", "createdAt")];

struct Specification(Value);

impl Specification {
    fn load() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/reference/openapi/confluence-cloud-v2.openapi.json");
        let text = std::fs::read_to_string(&path).ok();
        if text.is_none() {
            println!("skipped: there is no {}", path.display());
        }
        text.map(|text| Self(serde_json::from_str(&text).unwrap()))
    }

    /// The schema of a good answer.
    fn answer(&self, method: &str, route: &str) -> &Value {
        let operation = &self.0["paths"][route][method];
        assert!(
            operation.is_object(),
            "{method} {route} is not in the specification"
        );
        &operation["responses"]["200"]["content"]["application/json"]["schema"]
    }

    /// The granular scopes of a route.
    fn scopes(&self, route: &str) -> Vec<&str> {
        let kinds = self.0["paths"][route]["get"]["security"].as_array().unwrap();
        let kinds = kinds.iter().flat_map(|kind| kind.as_object().unwrap().values());
        kinds
            .flat_map(|scopes| scopes.as_array().unwrap())
            .map(|scope| scope.as_str().unwrap())
            .collect()
    }

    /// All the properties of an object, with those of the schemas it is made of, and the name of the last of these.
    fn properties<'a>(&'a self, schema: &'a Value, into: &mut Map<String, Value>) -> Option<&'a str> {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            self.properties(&self.0["components"]["schemas"][name], into);
            return Some(name);
        }
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut name = None;
        for part in parts {
            name = self.properties(part, into).or(name);
        }
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            match into
                .get_mut(field)
                .and_then(|known| known["allOf"].as_array_mut())
            {
                Some(known) => known.push(schema.clone()),
                None => {
                    into.insert(field.clone(), json!({ "allOf": [schema] }));
                }
            }
        }
        name
    }

    /// The schema itself, where it is only referred to, or the only part of a whole.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.resolve(&self.0["components"]["schemas"][name]);
        }
        match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => self.resolve(only),
            _ => schema,
        }
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        let resolved = self.resolve(schema);
        let field = place.rsplit('.').next().unwrap();
        match value {
            Value::Null if resolved["nullable"] == true || NULL_ANYWAY.contains(&field) => {}
            Value::Object(fields) => self.check_object(schema, resolved, fields, place, problems),
            Value::Array(items) => {
                expect(resolved, "array", place, problems);
                for item in items {
                    self.check(&resolved["items"], item, &format!("{place}[]"), problems);
                }
            }
            Value::String(text) => {
                expect(resolved, "string", place, problems);
                if resolved["format"] == "date-time" && DateTime::parse_from_rfc3339(text).is_err() {
                    problems.push(format!("{place}: {text} is no date"));
                }
            }
            Value::Number(_) => expect(resolved, "integer", place, problems),
            Value::Bool(_) => expect(resolved, "boolean", place, problems),
            Value::Null => problems.push(format!("{place} is null")),
        }
    }

    fn check_object(
        &self,
        schema: &Value,
        resolved: &Value,
        fields: &Map<String, Value>,
        place: &str,
        problems: &mut Vec<String>,
    ) {
        let mut known = Map::new();
        let name = self.properties(schema, &mut known);
        for (field, value) in fields {
            let place = format!("{place}.{field}");
            match known.get(field) {
                _ if OTHERWISE.contains(&(name.unwrap_or_default(), field)) => {}
                Some(schema) => self.check(schema, value, &place, problems),
                None if EXTRA.contains(&field.as_str()) => {}
                None if resolved["additionalProperties"].is_object() => {}
                None => problems.push(format!("{place} is not in the specification")),
            }
        }
        for required in resolved["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(required.as_str().unwrap()) {
                problems.push(format!("{place} has no {required}"));
            }
        }
    }
}

fn expect(schema: &Value, expected: &str, place: &str, problems: &mut Vec<String>) {
    let declared = schema["type"].as_str();
    if declared.is_some_and(|declared| declared != expected) || schema["properties"].is_object() {
        problems.push(format!("{place} is of type {expected} in place of {schema}"));
    }
}

/// The routes of the specification, and what to ask them of a site with one of everything.
const ROUTES: &[(&str, &str)] = &[
    ("/spaces", "/spaces?limit=1&description-format=plain"),
    ("/spaces/{id}", "/spaces/{space}"),
    ("/pages", "/pages?{bodies}"),
    (
        "/pages",
        "/pages?body-format=atlas_doc_format&status=current,trashed",
    ),
    ("/spaces/{id}/pages", "/spaces/{space}/pages?{bodies}"),
    (
        "/pages/{id}",
        "/pages/{page}?body-format=view&include-labels=true&include-versions=true",
    ),
    ("/pages/{id}/versions", "/pages/{page}/versions?{bodies}"),
    ("/pages/{id}/labels", "/pages/{page}/labels?limit=1"),
    ("/pages/{id}/attachments", "/pages/{page}/attachments"),
    (
        "/pages/{id}/footer-comments",
        "/pages/{page}/footer-comments?{bodies}",
    ),
    (
        "/pages/{id}/inline-comments",
        "/pages/{page}/inline-comments?{bodies}",
    ),
    ("/pages/{id}/direct-children", "/pages/{home}/direct-children"),
    ("/pages/{id}/descendants", "/pages/{home}/descendants"),
    ("/blogposts", "/blogposts?{bodies}"),
    ("/spaces/{id}/blogposts", "/spaces/{space}/blogposts?{bodies}"),
    (
        "/blogposts/{id}",
        "/blogposts/{post}?body-format=storage&include-labels=true",
    ),
    ("/blogposts/{id}/versions", "/blogposts/{post}/versions"),
    ("/blogposts/{id}/labels", "/blogposts/{post}/labels"),
    ("/blogposts/{id}/attachments", "/blogposts/{post}/attachments"),
    ("/attachments", "/attachments?limit=1"),
    ("/attachments/{id}", "/attachments/{file}"),
    ("/footer-comments", "/footer-comments?body-format=storage"),
    ("/inline-comments", "/inline-comments?body-format=storage"),
    (
        "/footer-comments/{id}/children",
        "/footer-comments/{comment}/children",
    ),
    ("/labels", "/labels?limit=1"),
    ("/labels/{id}/pages", "/labels/{label}/pages?{bodies}"),
    ("/folders/{id}", "/folders/{folder}"),
    (
        "/folders/{id}/direct-children",
        "/folders/{folder}/direct-children",
    ),
    ("/folders/{id}/descendants", "/folders/{folder}/descendants"),
    ("/data-policies/spaces", "/data-policies/spaces"),
];

/// Puts one of everything on the site, and the ids in place of their names.
async fn one_of_everything(scene: &Scene) -> Vec<(&'static str, String)> {
    let (site, alice) = (&scene.site, &scene.alice);
    let space = site.space("ENG");
    space.named("Engineering").described("What we build.");
    let home = space.page("Home");
    space.homepage(&home);
    let folder = space.folder("Designs").under(&home);
    let page = space
        .page("Runbook")
        .under(&folder)
        .labelled(&["howto", "on-call"]);
    site.edit(&page, "<p>Restart it.</p>");
    space.page("Orphan").by_nobody();
    let post = space.blog_post("We moved").labelled(&["news"]);
    let file = site.attach(&page, "plan.txt", "text/plain", b"plan");
    site.attach(&post, "map.png", "image/png", b"map");
    let comment = site.comment(alice, &page, "<p>Thanks!</p>");
    site.reply(alice, &comment, "<p>Welcome.</p>");
    site.comment_on(alice, &page, "Restart", "<p>How?</p>");
    site.comment(alice, &post, "<p>Where to?</p>");
    let label = text(&scene.walk("/wiki/api/v2/labels").await[0], "id");
    let names = [
        ("{space}", space.id()),
        ("{home}", home.id()),
        ("{folder}", folder.id()),
        ("{page}", page.id()),
        ("{post}", post.id()),
        ("{file}", file.id()),
        ("{comment}", comment.id()),
        ("{label}", label),
        ("{bodies}", "limit=1&body-format=storage".to_owned()),
    ];
    let complete = |path: &str| {
        names
            .iter()
            .fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    };
    ROUTES
        .iter()
        .map(|(route, path)| (*route, complete(path)))
        .collect()
}

#[tokio::test]
async fn every_answer_has_the_specified_shape() {
    let Some(specification) = Specification::load() else {
        return;
    };
    let scene = Scene::new().await;
    let mut problems = Vec::new();
    for (route, path) in one_of_everything(&scene).await {
        let answer = scene.read(&format!("/wiki/api/v2{path}")).await;
        if let Some(items) = answer["results"].as_array() {
            assert!(!items.is_empty(), "{path} answers nothing to look at");
        }
        specification.check(specification.answer("get", route), &answer, route, &mut problems);
    }
    for (route, body) in [
        ("/users-bulk", json!({ "accountIds": [scene.alice.id()] })),
        ("/content/convert-ids-to-types", json!({ "contentIds": ["1"] })),
    ] {
        let answer = scene.post(&format!("/wiki/api/v2{route}"), &body).await;
        let answer: Value = answer.json().await.unwrap();
        specification.check(specification.answer("post", route), &answer, route, &mut problems);
    }
    problems.sort();
    problems.dedup();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[tokio::test]
async fn the_check_notices_what_it_should() {
    let Some(specification) = Specification::load() else {
        return;
    };
    let odd = json!({
        "results": [{ "id": 7, "title": null, "createdAt": "yesterday", "shape": "round", "version": [] }],
        "_links": {},
    });
    let mut problems = Vec::new();
    specification.check(specification.answer("get", "/pages"), &odd, "", &mut problems);
    assert_eq!(problems.len(), 5, "{problems:#?}");
}

#[tokio::test]
async fn every_route_opens_with_the_specified_scopes_and_no_others() {
    let Some(specification) = Specification::load() else {
        return;
    };
    let mut scene = Scene::new().await;
    for (route, path) in one_of_everything(&scene).await {
        let needed = specification.scopes(route);
        let others: Vec<&str> = SCOPES
            .iter()
            .copied()
            .filter(|scope| !needed.contains(scope))
            .collect();
        for (scopes, expected) in [(&needed, 200), (&others, 401)] {
            let bot = scene.atlassian.service_account("Mirror", "bot", "psst", scopes);
            scene.site.member(&bot);
            scene.token = scene.service_token("bot", "psst").await;
            assert_eq!(
                scene.get(&format!("/wiki/api/v2{path}")).await.status(),
                expected,
                "{route}: {scopes:?}"
            );
        }
    }
}
