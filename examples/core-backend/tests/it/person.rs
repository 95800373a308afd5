//! Somebody with a browser that follows nothing by itself, so that each answer can be looked at.

use std::sync::Mutex;

use connectors_examples::demo::Demo;
use core_backend::users::PASSWORD;
use reqwest::{Client, Method, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

pub(crate) struct Person {
    http: Client,
    core: Url,
    cookie: Mutex<Option<String>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: String,
}

impl Person {
    /// Somebody whom Core has never seen.
    pub(crate) fn at(core: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().expect("an HTTP client");
        Self { http, core: core.parse().expect("a URL"), cookie: Mutex::default() }
    }

    /// Somebody who has logged in.
    pub(crate) async fn logged_in(core: &str, login: &str) -> Self {
        let person = Self::at(core);
        let answer = person.logs_in(login, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/activity"));
        person
    }

    pub(crate) async fn logs_in(&self, login: &str, password: &str) -> Answer {
        self.send(Method::POST, "/login", &[], Some(format!("login={login}&password={password}"))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.send(Method::POST, path, &[], None).await
    }

    /// What the API answers, which must be a success.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: Option<String>,
    ) -> Answer {
        let mut request = self.http.request(method, self.core.join(path).expect("a URL"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(form) = form {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.expect("Core answers");
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(cookie) = headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a text").split(';').next().unwrap_or_default();
            self.takes_cookie(Some(cookie.to_owned()));
        }
        Answer { status, headers, body: response.text().await.expect("a text") }
    }

    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().expect("the cookie").clone()
    }

    pub(crate) fn takes_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock().expect("the cookie") = cookie;
    }

    /// Presses "Connect GitHub"; the authorize URL.
    pub(crate) async fn begins(&self) -> Url {
        let answer = self.post("/api/connectors/providers/github/authorize").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["authorize_url"].as_str().expect("a URL").parse().expect("a URL")
    }

    /// Comes back from the provider; where Core sends the browser then.
    pub(crate) async fn comes_back(&self, callback: &Url) -> String {
        let answer = self.get(callback.as_str()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        answer.location().to_owned()
    }

    /// Connects GitHub; the connection's id.
    pub(crate) async fn connects(&self, demo: &Demo) -> String {
        let callback = demo.backend.approve(&self.begins().await).await.expect("GitHub redirects");
        assert_eq!(self.comes_back(&callback).await, "/accounts?connected");
        let accounts = self.json("/api/connectors/connections").await;
        accounts[0]["id"].as_str().expect("an id").to_owned()
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("a text")).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
