//! A download that goes on where it broke off, in this run or in a later one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt as _;

use crate::failure::{Failure, at, innermost};
use crate::sut::Progress;

/// How often a transfer that broke off is taken up again before it is left to a later run.
const ATTEMPTS: u32 = 4;

/// Limit of small files.
const SMALL: u64 = 1 << 20;

/// A client for a build server or a mirror of it.
#[derive(Debug)]
pub struct Downloader {
    client: Client,
    base: String,
}

/// Why a transfer ended early.
enum Broken {
    /// It may be taken up again.
    Off(String),
    /// It need not be tried again.
    For(Failure),
}

impl Downloader {
    /// A client whose every wait for the next bytes has a limit.
    pub fn new(base: &str, limit: Duration) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/').to_owned();
        let url = Url::parse(&base).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url =
            url.ok_or_else(|| Failure::usage(format!("{base:?} is no address of a web server")).hint("give it as https://HOST/PATH"))?;
        let mut builder = Client::builder().connect_timeout(limit).read_timeout(limit);
        // A proxy of the environment leads out of this machine, not back to it.
        if url.host_str().is_some_and(|host| {
            host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Failure::environment(format!("no HTTP client: {error}")))?;
        Ok(Self { client, base })
    }

    /// Where a file is.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// A small file as a whole; `None` where there is none.
    pub async fn small(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let url = self.url(name);
        let response = self.client.get(&url).send().await.map_err(|error| unreachable(&url, &error))?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut response = successful(response, &url)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&url, &error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > SMALL {
                return Err(Failure::environment(format!("{url} is far larger than such a file can be")));
            }
        }
        Ok(Some(bytes))
    }

    /// Downloads a file; what is there of it already is not asked for again.
    pub async fn large(&self, name: &str, to: &Path, progress: &dyn Progress) -> Result<(), Failure> {
        let url = self.url(name);
        let mut broken = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(250 << attempt)).await;
            }
            match self.part(&url, to, progress).await {
                Ok(()) => {
                    let _ = std::fs::remove_file(mark_of(to));
                    return Ok(());
                }
                Err(Broken::For(failure)) => return Err(failure),
                Err(Broken::Off(why)) => broken = why,
            }
        }
        let there = length(to);
        let what = format!("{url} could not be fetched: {broken}");
        if there == 0 {
            return Err(
                Failure::environment(what).hint("is the network up? --release-url names another server, --source a tree that is here")
            );
        }
        Err(Failure::environment(format!("{what} ({there} bytes are kept)")).hint("run it again: it goes on from there"))
    }

    /// One transfer, from where the last one ended.
    async fn part(&self, url: &str, to: &Path, progress: &dyn Progress) -> Result<(), Broken> {
        let there = length(to);
        let mut request = self.client.get(url);
        if there > 0 {
            request = request.header(RANGE, format!("bytes={there}-"));
            // Of a file that has changed meanwhile the whole is sent.
            if let Ok(mark) = std::fs::read_to_string(mark_of(to)) {
                request = request.header(IF_RANGE, mark);
            }
        }
        let response = request.send().await.map_err(|error| Broken::Off(said(&error)))?;
        if response.status().is_server_error() {
            return Err(Broken::Off(format!("the server answers {}", response.status())));
        }
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            // All of it is there, or more than all: the check afterwards tells.
            let whole = range_of(&response).is_some_and(|(_, whole)| whole == Some(there));
            if whole {
                return Ok(());
            }
            let _ = std::fs::remove_file(to);
            return Err(Broken::Off("what was kept of it is of another file".to_owned()));
        }
        if response.status() == StatusCode::NOT_FOUND {
            return Err(Broken::For(Failure::environment(format!("{url} does not exist")).hint("is it a version that was released?")));
        }
        let goes_on = response.status() == StatusCode::PARTIAL_CONTENT && range_of(&response).is_some_and(|(from, _)| from == Some(there));
        let mut response = successful(response, url).map_err(Broken::For)?;
        if response.status() == StatusCode::PARTIAL_CONTENT && !goes_on {
            let _ = std::fs::remove_file(to);
            return Err(Broken::Off("the server sent another part than was asked for".to_owned()));
        }
        let fail = |error| Broken::For(at(to, "write")(error));
        let options = OpenOptions::new().create(true).append(goes_on).truncate(!goes_on).write(true).open(to).await;
        let mut file = options.map_err(fail)?;
        if let Some(mark) = response.headers().get(ETAG).and_then(|mark| mark.to_str().ok()).filter(|mark| !mark.starts_with("W/")) {
            std::fs::write(mark_of(to), mark).map_err(fail)?;
        }
        let mut done = if goes_on { there } else { 0 };
        let whole = response.content_length().map(|rest| done + rest);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    file.write_all(&chunk).await.map_err(fail)?;
                    done += chunk.len() as u64;
                    progress.detail(&bar(done, whole));
                }
                Ok(None) => return file.flush().await.map_err(fail),
                Err(error) => {
                    let _ = file.flush().await;
                    return Err(Broken::Off(said(&error)));
                }
            }
        }
    }
}

/// A bar of twenty cells with the megabytes behind it.
fn bar(done: u64, whole: Option<u64>) -> String {
    let mib = |bytes: u64| bytes / (1 << 20);
    match whole.filter(|whole| *whole > 0) {
        Some(whole) => {
            let cells = usize::try_from(done.min(whole) * 20 / whole).unwrap_or_default();
            format!("{}{} {} of {} MiB", "█".repeat(cells), "░".repeat(20 - cells), mib(done), mib(whole))
        }
        None => format!("{} MiB", mib(done)),
    }
}

/// Where the server's mark of the very file is kept.
fn mark_of(file: &Path) -> PathBuf {
    file.with_extension("etag")
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |meta| meta.len())
}

/// `bytes 5-9/10`, or `bytes */10`: first byte and length of the whole.
fn range_of(response: &Response) -> Option<(Option<u64>, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, whole) = text.split_once('/')?;
    Some((range.split('-').next().and_then(|from| from.parse().ok()), whole.parse().ok()))
}

fn successful(response: Response, url: &str) -> Result<Response, Failure> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(Failure::environment(format!("{url} answers {}", response.status())).hint("--release-url names another server"))
}

fn unreachable(url: &str, error: &reqwest::Error) -> Failure {
    Failure::environment(format!("{url} could not be fetched: {}", said(error)))
        .hint("is the network up? --release-url names another server, --source a tree that is here")
}

/// An error with its innermost cause, without the address.
fn said(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer within the time limit".to_owned();
    }
    innermost(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_at_first_and_full_at_the_end() {
        assert_eq!(bar(0, Some(10 << 20)), format!("{} 0 of 10 MiB", "░".repeat(20)));
        assert_eq!(bar(10 << 20, Some(10 << 20)), format!("{} 10 of 10 MiB", "█".repeat(20)));
        assert_eq!(bar(3 << 20, None), "3 MiB");
    }
}
