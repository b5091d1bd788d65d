//! Sends a request as it stands: one client a principal, no cookie jar, no User-Agent, placeholders filled in at the last moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue};
use reqwest::{Client, Url};

use crate::failure::Failure;
use crate::matomo::{BOUNDARY, DRY_HEADER, NUMBER_HEADER, PROBE_HEADER, Raw, Secrets, multipart};
use crate::model::{Body, Dispatch, Method, Request, World};

/// How often a request is sent again after a connection error.
const RETRIES: u32 = 2;

/// Sends requests for all principals.
pub struct Sender {
    clients: HashMap<String, Client>,
    secrets: Secrets,
    retried: AtomicU64,
    /// The number of the next request, where requests are numbered.
    next: Option<AtomicU64>,
}

impl Sender {
    /// One client for each of the principals.
    pub fn new<'a>(principals: impl IntoIterator<Item = &'a str>, secrets: &Secrets, limit: Duration) -> Result<Self, Failure> {
        let client = || {
            Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .http1_only()
                // PHP's server hands a kept connection to one worker for good; fresh ones spread evenly.
                .pool_max_idle_per_host(0)
                .timeout(limit)
                .build()
                .map_err(|error| Failure::environment(format!("no HTTP client: {error}")))
        };
        let clients = principals.into_iter().map(|name| Ok((name.to_owned(), client()?))).collect::<Result<_, Failure>>()?;
        Ok(Self { clients, secrets: secrets.clone(), retried: AtomicU64::new(0), next: None })
    }

    /// Gives each request a number from now on, in a header that only our own PHP looks at.
    #[must_use]
    pub fn numbered(self) -> Self {
        Self { next: Some(AtomicU64::new(1)), ..self }
    }

    /// Requests that were sent again.
    pub fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    /// The secrets it fills in.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, principal: &str, base: &str, request: &Request) -> Result<Raw, String> {
        let client = self.clients.get(principal).ok_or_else(|| format!("no client for {principal}"))?;
        let mut attempt = 0;
        loop {
            match self.once(client, base, request).await {
                Ok(raw) => return Ok(raw),
                Err(error) if attempt < RETRIES && error.is_connect() => {
                    attempt += 1;
                    self.retried.fetch_add(1, Ordering::Relaxed);
                }
                // The error's own text would show the URL with its token.
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    let what = if error.is_timeout() { "no answer within the time limit" } else { "the request failed" };
                    return Err(self.secrets.redact(&format!("{what}: {} {cause}", error.without_url())));
                }
            }
        }
    }

    async fn once(&self, client: &Client, base: &str, request: &Request) -> Result<Raw, reqwest::Error> {
        let url = format!("{base}/index.php?{}", self.secrets.reveal(&request.query));
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Head => reqwest::Method::HEAD,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = match Url::parse(&url) {
            Ok(url) => client.request(method, url),
            Err(_) => client.request(method, url),
        };
        if request.dispatch == Dispatch::Dry {
            builder = builder.header(DRY_HEADER, "dry");
        }
        let number = self.next.as_ref().map(|next| next.fetch_add(1, Ordering::Relaxed));
        if let Some(number) = number {
            builder = builder.header(NUMBER_HEADER, number);
        }
        if request.xhr {
            builder = builder.header("X-Requested-With", "XMLHttpRequest");
        }
        if let Some(value) = request.authorization.as_deref().and_then(|value| HeaderValue::from_str(&self.secrets.reveal(value)).ok()) {
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(user) = &request.cookie {
            let value = self.secrets.get(&World::cookie_of(user)).unwrap_or_default();
            builder = builder.header(COOKIE, format!("MATOMO_SESSID={value}"));
        }
        if let Some(body) = &request.body {
            let text = self.secrets.reveal(body.text());
            builder = match body {
                Body::Multipart(_) => {
                    builder.header(CONTENT_TYPE, format!("{}; boundary={BOUNDARY}", body.content_type())).body(multipart(&text))
                }
                Body::Form(_) | Body::Json(_) => builder.header(CONTENT_TYPE, body.content_type()).body(text),
            };
        }
        let response = builder.send().await?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let content_type = header("content-type").unwrap_or_default().to_lowercase();
        let probe = header(PROBE_HEADER);
        let location = header("location");
        let body = response.bytes().await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Raw { status, content_type, probe, location, body, bodyless: request.method == Method::Head, number })
    }
}
