//! The routes of a site, with the scopes that open them.

use crate::v2::{Found, Refusal, Visit};
use crate::{media, v1, v2};

/// Answers a request that was let in.
pub(crate) type Answer = fn(&Visit<'_>) -> Result<Found, Refusal>;

/// A route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The path below the gateway's root, with `{}` for whatever varies.
    pub(crate) template: &'static str,
    /// Any one of them will do.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) answer: Answer,
}

macro_rules! routes {
    ($($method:ident $template:literal $scopes:expr => $answer:path;)*) => {
        /// Every route.
        pub(crate) static ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            template: $template,
            scopes: &$scopes,
            answer: $answer,
        }),*];
    };
}

const SPACE: &str = "read:space:confluence";
const PAGE: &str = "read:page:confluence";
const ATTACHMENT: &str = "read:attachment:confluence";
const COMMENT: &str = "read:comment:confluence";
const TREE: &str = "read:hierarchical-content:confluence";

routes! {
    GET "/wiki/api/v2/spaces" [SPACE] => v2::spaces::list;
    GET "/wiki/api/v2/spaces/{id}" [SPACE] => v2::spaces::one;
    GET "/wiki/api/v2/spaces/{id}/pages" [PAGE] => v2::pages::of_space;
    GET "/wiki/api/v2/spaces/{id}/blogposts" [PAGE] => v2::pages::blog_of_space;
    GET "/wiki/api/v2/pages" [PAGE] => v2::pages::list;
    GET "/wiki/api/v2/pages/{id}" [PAGE] => v2::page::one;
    GET "/wiki/api/v2/blogposts" [PAGE] => v2::pages::blog;
    GET "/wiki/api/v2/blogposts/{id}" [PAGE] => v2::page::one_blog_post;
    GET "/wiki/api/v2/pages/{id}/versions" [PAGE] => v2::versions::of_page;
    GET "/wiki/api/v2/blogposts/{id}/versions" [PAGE] => v2::versions::of_blog_post;
    GET "/wiki/api/v2/pages/{id}/labels" [PAGE] => v2::labels::of_page;
    GET "/wiki/api/v2/blogposts/{id}/labels" [PAGE] => v2::labels::of_blog_post;
    GET "/wiki/api/v2/pages/{id}/properties" [PAGE] => v2::properties::of_page;
    GET "/wiki/api/v2/blogposts/{id}/properties" [PAGE] => v2::properties::of_blog_post;
    GET "/wiki/api/v2/labels" ["read:label:confluence"] => v2::labels::list;
    GET "/wiki/api/v2/labels/{id}/pages" [PAGE] => v2::labels::pages;
    GET "/wiki/api/v2/labels/{id}/blogposts" [PAGE] => v2::labels::blog_posts;
    GET "/wiki/api/v2/attachments" [ATTACHMENT] => v2::attachments::list;
    GET "/wiki/api/v2/attachments/{id}" [ATTACHMENT] => v2::attachments::one;
    GET "/wiki/api/v2/pages/{id}/attachments" [ATTACHMENT] => v2::attachments::of_page;
    GET "/wiki/api/v2/blogposts/{id}/attachments" [ATTACHMENT] => v2::attachments::of_blog_post;
    GET "/wiki/api/v2/footer-comments/{id}" [COMMENT] => v2::comments::one_footer;
    GET "/wiki/api/v2/inline-comments/{id}" [COMMENT] => v2::comments::one_inline;
    GET "/wiki/api/v2/footer-comments" [COMMENT] => v2::comments::footer;
    GET "/wiki/api/v2/inline-comments" [COMMENT] => v2::comments::inline;
    GET "/wiki/api/v2/pages/{id}/footer-comments" [COMMENT] => v2::comments::footer_of_page;
    GET "/wiki/api/v2/pages/{id}/inline-comments" [COMMENT] => v2::comments::inline_of_page;
    GET "/wiki/api/v2/footer-comments/{id}/children" [COMMENT] => v2::comments::children;
    GET "/wiki/api/v2/inline-comments/{id}/children" [COMMENT] => v2::comments::children;
    GET "/wiki/api/v2/pages/{id}/direct-children" [TREE] => v2::tree::children_of_page;
    GET "/wiki/api/v2/pages/{id}/descendants" [TREE] => v2::tree::descendants_of_page;
    GET "/wiki/api/v2/folders/{id}" ["read:folder:confluence"] => v2::tree::folder;
    GET "/wiki/api/v2/whiteboards/{id}" ["read:whiteboard:confluence"] => v2::tree::whiteboard;
    GET "/wiki/api/v2/databases/{id}" ["read:database:confluence"] => v2::tree::database;
    GET "/wiki/api/v2/embeds/{id}" ["read:embed:confluence"] => v2::tree::embed;
    GET "/wiki/api/v2/folders/{id}/direct-children" [TREE] => v2::tree::children_of_folder;
    GET "/wiki/api/v2/folders/{id}/descendants" [TREE] => v2::tree::descendants_of_folder;
    GET "/wiki/api/v2/data-policies/spaces" [SPACE] => v2::policies::spaces;
    POST "/wiki/api/v2/content/convert-ids-to-types" ["read:content.metadata:confluence"] => v2::tree::types_of_ids;
    POST "/wiki/api/v2/users-bulk" ["read:user:confluence"] => v2::users::bulk;
    GET "/wiki/rest/api/user/current" ["read:confluence-user", "read:content-details:confluence"] => v1::current_user;
    GET "/wiki/rest/api/user/bulk" ["read:confluence-user", "read:content-details:confluence"] => v1::users;
    GET "/wiki/rest/api/search" ["search:confluence", "read:content-details:confluence"] => v1::search::spaces;
    GET "/wiki/rest/api/content/search" ["search:confluence", "read:content-details:confluence"] => v1::search::content;
    GET "/wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download" ["readonly:content.attachment:confluence", ATTACHMENT] => media::redirect;
    GET "/wiki/rest/api/content/{id}/restriction/byOperation/{operation}" ["read:confluence-content.all", "read:content-details:confluence"] => v1::restriction;
    GET "/wiki/rest/api/content" [] => v1::kept::contents;
    GET "/wiki/rest/api/content/{id}" [] => v1::kept::content;
    GET "/wiki/rest/api/content/{id}/{part}" [] => v1::kept::part;
    GET "/wiki/rest/api/content/{id}/child/{kind}" [] => v1::kept::children;
    GET "/wiki/rest/api/space" [] => v1::kept::spaces;
    GET "/wiki/rest/api/space/{key}" [] => v1::kept::one_space;
}

impl Route {
    /// The route of a request, and what stands in its variable places.
    pub(crate) fn find<'a>(method: &str, path: &'a str) -> Option<(&'static Self, Vec<&'a str>)> {
        ROUTES
            .iter()
            .filter(|route| route.method == method)
            .find_map(|route| Some((route, route.matches(path)?)))
    }

    fn matches<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let mut places = Vec::new();
        let mut given = path.split('/');
        for expected in self.template.split('/') {
            let given = given.next()?;
            if expected.starts_with('{') {
                places.push(given);
            } else if expected != given {
                return None;
            }
        }
        given.next().is_none().then_some(places)
    }
}
