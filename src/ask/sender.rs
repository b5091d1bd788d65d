//! Sends a request as it stands: one client a principal, no cookie jar, no User-Agent, placeholders filled in at the last moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, REFERER, USER_AGENT};
use reqwest::{Client, Url};

use crate::failure::Failure;
use crate::matomo::{BOUNDARY, DRY_HEADER, NUMBER_HEADER, PROBE_HEADER, Raw, Secrets, multipart};
use crate::model::{Body, Dispatch, Method, NOBODY, Request, World};
use crate::plan::PRINCIPALS;
use crate::sut::Environment;

/// How often a request is sent again that was not answered: PHP itself crashes once in some ten thousand requests, and takes with it what
/// waits for the same process.
const RETRIES: u32 = 2;

/// Connections that are kept for each slot of the simulated Matomo.
const KEPT: usize = 8;

/// Sends requests for all principals.
pub struct Sender {
    clients: HashMap<String, Client>,
    secrets: Secrets,
    retried: AtomicU64,
    /// The number of the next request, where requests are numbered.
    next: Option<AtomicU64>,
}

impl Sender {
    /// One client for each principal, and for others who send requests to this Matomo.
    pub fn to(environment: &Environment, others: &[&str], limit: Duration) -> Result<Self, Failure> {
        // PHP's server hands a kept connection to one worker for good; fresh ones spread evenly. The simulated one answers so fast
        // that fresh connections would use up all ports.
        let kept = if environment.is_simulated() { KEPT } else { 0 };
        let client = || {
            Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .http1_only()
                .pool_max_idle_per_host(kept)
                .timeout(limit)
                .build()
                .map_err(|error| Failure::environment(format!("no HTTP client: {error}")))
        };
        let names = PRINCIPALS.iter().map(|who| who.name).chain(others.iter().copied());
        let clients = names.map(|name| Ok((name.to_owned(), client()?))).collect::<Result<_, Failure>>()?;
        Ok(Self { clients, secrets: environment.secrets.clone(), retried: AtomicU64::new(0), next: None })
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
        let headers = self.headers(request)?;
        let mut attempt = 0;
        loop {
            match self.once(client, base, request, &headers).await {
                Ok(raw) => return Ok(raw),
                Err(error) if attempt < RETRIES && is_unanswered(&error) => {
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

    /// The headers of a request, secrets filled in. One that HTTP cannot carry is an error: without it another request would be sent than
    /// the one that is judged.
    fn headers(&self, request: &Request) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        if request.dispatch == Dispatch::Dry {
            headers.insert(DRY_HEADER, HeaderValue::from_static("dry"));
        }
        if request.xhr {
            headers.insert("X-Requested-With", HeaderValue::from_static("XMLHttpRequest"));
        }
        let session = match &request.cookie {
            // An empty cookie is what nobody has.
            Some(user) if user == NOBODY => Some("MATOMO_SESSID=".to_owned()),
            Some(user) => {
                let name = World::cookie_of(user);
                let value = self.secrets.get(&name).ok_or_else(|| format!("there is no session ${name}"))?;
                Some(format!("MATOMO_SESSID={value}"))
            }
            None => None,
        };
        let further = request.cookies.iter().map(|(name, value)| format!("{name}={}", self.secrets.reveal(value)));
        let cookies: Vec<String> = session.into_iter().chain(further).collect();
        let cookie = (!cookies.is_empty()).then(|| cookies.join("; "));
        let authorization = request.authorization.as_deref().map(|value| self.secrets.reveal(value));
        let given =
            [(REFERER, request.referrer.clone()), (USER_AGENT, request.agent.clone()), (AUTHORIZATION, authorization), (COOKIE, cookie)];
        for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            let sent = HeaderValue::from_str(&value)
                .map_err(|_| format!("HTTP cannot carry the header {name}: {:?}", self.secrets.redact(&value)))?;
            headers.insert(name, sent);
        }
        for (name, value) in &request.headers {
            let cannot = || format!("HTTP cannot carry the header {name}: {:?}", self.secrets.redact(value));
            let sent = HeaderValue::from_bytes(self.secrets.reveal(value).as_bytes()).map_err(|_| cannot())?;
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?, sent);
        }
        Ok(headers)
    }

    async fn once(&self, client: &Client, base: &str, request: &Request, headers: &HeaderMap) -> Result<Raw, reqwest::Error> {
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
        builder = builder.headers(headers.clone());
        let number = self.next.as_ref().map(|next| next.fetch_add(1, Ordering::Relaxed));
        if let Some(number) = number {
            builder = builder.header(NUMBER_HEADER, number);
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

/// Whether the connection failed before the answer was there as a whole. One that takes too long is not asked for again.
fn is_unanswered(error: &reqwest::Error) -> bool {
    !error.is_timeout() && (error.is_connect() || error.is_request() || error.is_body() || error.is_decode())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::sut::simulation;

    /// A server that breaks off so many answers before it gives a whole one, each in another place.
    async fn asked(broken: usize) -> (Result<Raw, String>, u64) {
        let environment = simulation::start("5.2", None).await.expect("it starts");
        let sender = Sender::to(&environment, &[], Duration::from_secs(5)).expect("clients");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let answers = ["", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok", "HTTP/1.1 200"];
        let served = tokio::spawn(async move {
            for attempt in 0.. {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let _ = stream.read(&mut [0; 1024]).await;
                let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let answer = if attempt < broken { answers[attempt % answers.len()] } else { whole };
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let answer = sender.send("view", &base, &Request { query: "module=A".to_owned(), ..Request::default() }).await;
        served.abort();
        (answer, sender.retried())
    }

    #[tokio::test]
    async fn what_http_cannot_carry_is_refused_and_not_left_out() {
        let environment = simulation::start("5.2", None).await.expect("it starts");
        let sender = Sender::to(&environment, &[], Duration::from_secs(5)).expect("clients");
        let plain = || Request { query: "module=A".to_owned(), ..Request::default() };
        for (request, named) in [
            (Request { authorization: Some("Bearer \u{1}zzz".to_owned()), ..plain() }, "authorization"),
            (Request { agent: Some("a\nb".to_owned()), ..plain() }, "user-agent"),
            (Request { referrer: Some("\u{7f}".to_owned()), ..plain() }, "referer"),
            (Request { cookie: Some("nobody-of-ours".to_owned()), ..plain() }, "$SESSION_NOBODY_OF_OURS"),
        ] {
            let error = sender.send("view", "http://127.0.0.1:9", &request).await.expect_err("nothing is sent");
            assert!(error.contains(named), "{error}");
        }
    }

    #[tokio::test]
    async fn a_request_whose_answer_breaks_off_is_sent_again_and_counted() {
        for broken in [0, 1, 2] {
            let (answer, retried) = asked(broken).await;
            assert_eq!((answer.expect("an answer").body.as_str(), retried), ("ok", broken as u64));
        }
        let (answer, retried) = asked(9).await;
        assert!(answer.expect_err("no answer").starts_with("the request failed"));
        assert_eq!(retried, u64::from(RETRIES));
    }
}
