//! As much HTTP/1.1 as a PHP test server speaks, on raw bytes.
//!
//! Written out because what PHP sees matters to the byte: a library trims header values (`Bearer ` with nothing behind
//! it is a case of its own) and refuses targets that PHP reads.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::exchange::Incoming;
use super::pages::Page;
use super::pipeline::Answer;
use super::probe;

const LONGEST_HEAD: usize = 64 * 1024;
const LONGEST_BODY: usize = 1024 * 1024;

/// One request with what only the transport needs.
#[derive(Debug)]
pub struct Received {
    /// What the pipeline sees.
    pub incoming: Incoming,
    /// Path of the target.
    pub path: Vec<u8>,
    /// The connection stays open.
    pub keep_alive: bool,
}

/// A connection with the bytes read ahead.
pub struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Takes over a fresh connection.
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::with_capacity(4096) }
    }

    /// Reads one request; `None` when the client is done.
    ///
    /// # Errors
    /// Broken requests and broken connections.
    pub async fn receive(&mut self) -> io::Result<Option<Received>> {
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            if self.buffer.len() > LONGEST_HEAD {
                return Err(bad("head too long"));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        };
        let head: Vec<u8> = self.buffer.drain(..head_end + 4).collect();
        let (mut received, length, expects) = parse_head(&head[..head_end])?;
        if expects {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.buffer.len() < length {
            if !self.fill().await? {
                return Err(bad("body cut off"));
            }
        }
        received.incoming.body = self.buffer.drain(..length).collect();
        Ok(Some(received))
    }

    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Sends an answer; HEAD gets no body.
    ///
    /// # Errors
    /// Broken connections.
    pub async fn send(&mut self, answer: &Answer, head_only: bool, keep: bool) -> io::Result<()> {
        self.stream.write_all(&render(answer, head_only, keep)).await
    }

    /// Says that a request could not be read.
    ///
    /// # Errors
    /// Broken connections.
    pub async fn refuse(&mut self) -> io::Result<()> {
        self.stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn parse_head(head: &[u8]) -> io::Result<(Received, usize, bool)> {
    let mut lines = head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut first = lines.next().unwrap_or_default().split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version)) = (first.next(), first.next(), first.next()) else {
        return Err(bad("no request line"));
    };
    let target = target.split(|&byte| byte == b'#').next().unwrap_or_default();
    let mut parts = target.splitn(2, |&byte| byte == b'?');
    let path = parts.next().unwrap_or_default().to_vec();
    let mut incoming = Incoming {
        method: String::from_utf8_lossy(method).into_owned(),
        query: parts.next().unwrap_or_default().to_vec(),
        ..Incoming::default()
    };
    let mut keep_alive = version == b"HTTP/1.1";
    let (mut length, mut expects) = (0, false);
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Err(bad("header without colon"));
        };
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        let verbatim = String::from_utf8_lossy(&line[colon + 1..]);
        let value = verbatim.trim();
        match name.as_str() {
            "content-length" => length = value.parse().map_err(|_| bad("content length"))?,
            "transfer-encoding" => return Err(bad("chunked bodies are not read")),
            "content-type" => value.clone_into(&mut incoming.content_type),
            "cookie" => value.clone_into(&mut incoming.cookie),
            // trailing spaces stay and repeated headers are joined, as php -S does
            "authorization" => {
                let value = verbatim.trim_start();
                incoming.authorization = Some(match incoming.authorization.take() {
                    Some(before) => format!("{before}, {value}"),
                    None => value.to_owned(),
                });
            }
            "x-requested-with" => incoming.xhr = value.eq_ignore_ascii_case("xmlhttprequest"),
            "x-conformance-dispatch" => incoming.dry = value == "dry",
            "expect" => expects = value.eq_ignore_ascii_case("100-continue"),
            "connection" if value.eq_ignore_ascii_case("close") => keep_alive = false,
            "connection" if value.eq_ignore_ascii_case("keep-alive") => keep_alive = true,
            _ => incoming.headers.push((name, value.to_owned())),
        }
    }
    if length > LONGEST_BODY {
        return Err(bad("body too long"));
    }
    let received = Received { incoming, path, keep_alive };
    Ok((received, length, expects))
}

fn render(answer: &Answer, head_only: bool, keep: bool) -> Vec<u8> {
    let Page { status, content_type, location, unframed, body } = &answer.page;
    let reason = match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Internal Server Error",
    };
    let connection = if keep { "keep-alive" } else { "close" };
    let mut head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: {connection}\r\n",
        body.len()
    );
    if !answer.probe.is_empty() {
        head = head + probe::HEADER + ": " + &answer.probe + "\r\n";
    }
    if let Some(location) = location {
        head = head + "Location: " + location + "\r\n";
    }
    if *unframed {
        head += "X-Frame-Options: sameorigin\r\n";
    }
    head += "\r\n";
    let mut bytes = head.into_bytes();
    if !head_only {
        bytes.extend_from_slice(body.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_to_the_byte() {
        let head = b"POST /index.php?a=%00&b=\xff#x HTTP/1.1\r\nauthorization: Bearer \r\nAuthorization: b\r\n\
            X-Requested-With: XMLHttpRequest\r\nContent-Length: 3\r\nConnection: close";
        let (received, length, expects) = parse_head(head).unwrap();
        assert_eq!(received.path, b"/index.php");
        assert_eq!(received.incoming.query, b"a=%00&b=\xff");
        assert_eq!(received.incoming.authorization.as_deref(), Some("Bearer , b"));
        assert!(received.incoming.xhr && !received.keep_alive && !expects);
        assert_eq!(length, 3);
    }

    #[test]
    fn nonsense_is_refused() {
        for head in [
            &b"GET"[..],
            b"GET / HTTP/1.1\r\nx",
            b"GET / HTTP/1.1\r\nContent-Length: -1",
            b"GET / HTTP/1.1\r\nContent-Length: 99999999",
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked",
        ] {
            assert!(parse_head(head).is_err());
        }
    }
}
