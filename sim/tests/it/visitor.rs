//! A client that knows nothing of the simulation but its addresses.

use confluence_sim::{Account, Atlassian, Builder, Site};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

pub(crate) const CALLBACK: &str = "http://localhost:8585/callback";

pub(crate) const SCOPES: &[&str] = &[
    "offline_access",
    "read:me",
    "read:space:confluence",
    "read:page:confluence",
    "read:attachment:confluence",
    "read:comment:confluence",
    "read:label:confluence",
    "read:user:confluence",
    "read:content-details:confluence",
    "read:content.metadata:confluence",
    "read:hierarchical-content:confluence",
    "read:folder:confluence",
];

/// A site with one member, and a client that holds the member's token.
pub(crate) struct Scene {
    pub(crate) atlassian: Atlassian,
    pub(crate) site: Site,
    pub(crate) alice: Account,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::of(Atlassian::builder()).await
    }

    pub(crate) async fn of(builder: Builder) -> Self {
        let atlassian = builder.start().await.unwrap();
        atlassian.app("app", "hush", CALLBACK, SCOPES);
        let alice = atlassian.account("Alice Moreau");
        let site = atlassian.site("acme.atlassian.net");
        site.member(&alice);
        atlassian.consents_as(&alice);
        let http = client();
        let mut scene = Self {
            atlassian,
            site,
            alice,
            http,
            token: String::new(),
            refresh_token: String::new(),
        };
        let tokens: Value = scene.connect(SCOPES).await.json().await.unwrap();
        scene.adopt(&tokens);
        scene
    }

    /// Goes on with these tokens.
    pub(crate) fn adopt(&mut self, tokens: &Value) {
        self.token = text(tokens, "access_token");
        self.refresh_token = text(tokens, "refresh_token");
    }

    /// Where the consent screen sends the browser.
    pub(crate) async fn authorize(&self, scopes: &[&str]) -> Response {
        let scope = scopes.join(" ");
        let query = [
            ("audience", "api.atlassian.com"),
            ("client_id", "app"),
            ("scope", &scope),
            ("redirect_uri", CALLBACK),
            ("state", "s-1"),
            ("response_type", "code"),
            ("prompt", "consent"),
        ];
        let url = format!("{}/authorize", self.atlassian.auth_url());
        self.http.get(url).query(&query).send().await.unwrap()
    }

    /// The code that a consent yields.
    pub(crate) async fn code(&self, scopes: &[&str]) -> String {
        let answer = self.authorize(scopes).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let location = Url::parse(answer.headers()[LOCATION].to_str().unwrap()).unwrap();
        let code = location.query_pairs().find(|(key, _)| key == "code").unwrap().1;
        code.into_owned()
    }

    /// Consent and exchange.
    pub(crate) async fn connect(&self, scopes: &[&str]) -> Response {
        let code = self.code(scopes).await;
        self.post_token(&json!({
            "grant_type": "authorization_code", "client_id": "app", "client_secret": "hush",
            "code": code, "redirect_uri": CALLBACK,
        }))
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Response {
        self.post_token(&json!({
            "grant_type": "refresh_token", "client_id": "app", "client_secret": "hush", "refresh_token": token,
        }))
        .await
    }

    /// The access token of a service account.
    pub(crate) async fn service_token(&self, client_id: &str, secret: &str) -> String {
        let body = json!({
            "grant_type": "client_credentials", "client_id": client_id, "client_secret": secret,
        });
        let tokens: Value = self.post_token(&body).await.json().await.unwrap();
        assert!(
            tokens.get("refresh_token").is_none(),
            "a service account gets no refresh token"
        );
        text(&tokens, "access_token")
    }

    pub(crate) async fn post_token(&self, body: &Value) -> Response {
        let url = format!("{}/oauth/token", self.atlassian.auth_url());
        self.http.post(url).json(body).send().await.unwrap()
    }

    /// The root of the site behind the gateway.
    pub(crate) fn root(&self) -> String {
        format!(
            "{}/ex/confluence/{}",
            self.atlassian.api_url(),
            self.site.cloud_id()
        )
    }

    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Response> {
        let url = format!("{}{path}", self.root());
        self.http.get(url).bearer_auth(&self.token).send().await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.try_get(path).await.unwrap()
    }

    /// A good answer's JSON.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A bad answer's status and JSON.
    pub(crate) async fn fails(&self, path: &str) -> (u16, Value) {
        let answer = self.get(path).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.root());
        let request = self.http.post(url).bearer_auth(&self.token).json(body);
        request.send().await.unwrap()
    }

    /// Follows a listing to its end.
    pub(crate) async fn walk(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.read(&path).await;
            items.extend(page["results"].as_array().unwrap().iter().cloned());
            next = page["_links"]["next"].as_str().map(str::to_owned);
        }
        items
    }

    /// The titles of a listing, to its end.
    pub(crate) async fn titles(&self, path: &str) -> Vec<String> {
        self.walk(path)
            .await
            .iter()
            .map(|item| text(item, "title"))
            .collect()
    }
}

/// A field that is a text.
pub(crate) fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap().to_owned()
}

/// A client that stays where it is.
pub(crate) fn client() -> reqwest::Client {
    // Built beside millpond, `reqwest` leaves the choice of who encrypts to the program.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}
