//! Sends a request byte for byte. The HTTP crates write addresses and headers anew (`'` as `%27`, names in small letters, no `<` at all), so the
//! request is written here; the answer is read by `httparse`.

use std::fmt::Write as _;
use std::io::Read as _;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::matomo::{PROBE_HEADER, Raw, Secrets};
use crate::model::Method;
use crate::pasted::ExactRequest;

/// How often a request is sent again that was not answered: PHP itself crashes once in some ten thousand.
const RETRIES: u32 = 2;

/// Headers of an answer that are read.
const HEADERS: usize = 128;

/// Sends requests as they stand.
pub struct ExactSender {
    secrets: Secrets,
    limit: Duration,
}

impl ExactSender {
    /// With the values of placeholders, and a limit for each answer.
    pub fn new(secrets: Secrets, limit: Duration) -> Self {
        Self { secrets, limit }
    }

    /// The bytes that go out to a host.
    pub fn bytes(&self, host: &str, request: &ExactRequest) -> Vec<u8> {
        let reveal = |text: &str| self.secrets.reveal(text);
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", request.method.name(), reveal(&request.target()));
        for (name, value) in &request.headers {
            let _ = write!(head, "{name}: {}\r\n", reveal(value));
        }
        let body = request.body.as_ref().map(|body| match std::str::from_utf8(body) {
            Ok(text) => reveal(text).into_bytes(),
            Err(_) => body.clone(),
        });
        if let Some(body) = &body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(body.unwrap_or_default());
        bytes
    }

    /// Sends a request to a slot's address and reads the whole answer.
    pub async fn send(&self, base: &str, request: &ExactRequest) -> Result<Raw, String> {
        let host = base.strip_prefix("http://").ok_or_else(|| format!("{base} is not asked over http"))?;
        let host = host.trim_end_matches('/');
        let bytes = self.bytes(host, request);
        let mut attempt = 0;
        loop {
            match tokio::time::timeout(self.limit, exchange(host, &bytes)).await {
                Err(_) => return Err("no answer within the time limit".to_owned()),
                Ok(Ok(answer)) => match read_answer(&answer, request.method == Method::Head) {
                    Ok(raw) => return Ok(raw),
                    Err(why) if attempt == RETRIES => return Err(self.secrets.redact(&format!("the answer cannot be read: {why}"))),
                    Err(_) => {}
                },
                Ok(Err(error)) if attempt == RETRIES => return Err(format!("the request failed: {error}")),
                Ok(Err(_)) => {}
            }
            attempt += 1;
        }
    }
}

async fn exchange(host: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Reads an answer that ended with its connection.
fn read_answer(bytes: &[u8], bodyless: bool) -> Result<Raw, String> {
    let mut rest = bytes;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(rest) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Err("it broke off".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let status = response.code.unwrap_or_default();
        // Something in between, such as 100 Continue.
        if (100..200).contains(&status) {
            rest = &rest[length..];
            continue;
        }
        let header = |name: &str| {
            let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| String::from_utf8_lossy(header.value).into_owned())
        };
        let body = if bodyless { Vec::new() } else { body(&rest[length..], &header)? };
        return Ok(Raw {
            status,
            content_type: header("content-type").unwrap_or_default().to_lowercase(),
            probe: header(PROBE_HEADER),
            location: header("location"),
            body: String::from_utf8_lossy(&body).into_owned(),
            bodyless,
            number: None,
        });
    }
}

fn body(bytes: &[u8], header: &impl Fn(&str) -> Option<String>) -> Result<Vec<u8>, String> {
    let chunked = header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let plain = if chunked {
        unchunked(bytes)?
    } else {
        match header("content-length").map(|length| length.trim().parse::<usize>()) {
            Some(Ok(length)) => bytes.get(..length).ok_or("its body broke off")?.to_vec(),
            Some(Err(_)) => return Err("its length is no number".to_owned()),
            None => bytes.to_vec(),
        }
    };
    let mut out = Vec::new();
    let done = match header("content-encoding").map(|kind| kind.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => return Ok(plain),
        Some("gzip" | "x-gzip") => flate2::read::MultiGzDecoder::new(&plain[..]).read_to_end(&mut out),
        Some("deflate") => flate2::read::ZlibDecoder::new(&plain[..]).read_to_end(&mut out),
        Some(other) => return Err(format!("it is compressed as {other}: leave that out of Accept-Encoding")),
    };
    done.map(|_| out).map_err(|error| error.to_string())
}

fn unchunked(mut bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    loop {
        match httparse::parse_chunk_size(bytes) {
            Ok(httparse::Status::Complete((start, size))) => {
                let size = usize::try_from(size).map_err(|error| error.to_string())?;
                if size == 0 {
                    return Ok(out);
                }
                let chunk = bytes.get(start..start + size).ok_or("its body broke off")?;
                out.extend_from_slice(chunk);
                bytes = bytes.get(start + size + 2..).unwrap_or_default();
            }
            Ok(httparse::Status::Partial) => return Err("its body broke off".to_owned()),
            Err(_) => return Err("its body has no proper chunks".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_goes_out_is_what_stands_there() {
        let mut secrets = Secrets::default();
        secrets.set("TOKEN_VIEW", "0123456789");
        let request = ExactRequest {
            method: Method::Post,
            path: "/index.php".to_owned(),
            query: Some("a='<\">ü&t=$TOKEN_VIEW&u=$OTHER".to_owned()),
            headers: vec![("x-Odd".to_owned(), "Bearer $TOKEN_VIEW ".to_owned())],
            body: Some(b"token_auth=$TOKEN_VIEW".to_vec()),
            ..ExactRequest::default()
        };
        let sent = ExactSender::new(secrets, Duration::from_secs(1)).bytes("h:1", &request);
        let text = String::from_utf8(sent).expect("text");
        assert_eq!(
            text,
            "POST /index.php?a='<\">ü&t=0123456789&u=$OTHER HTTP/1.1\r\nHost: h:1\r\nx-Odd: Bearer 0123456789 \r\n\
             Content-Length: 21\r\nConnection: close\r\n\r\ntoken_auth=0123456789"
        );
    }

    #[test]
    fn answers_are_read_however_they_are_packed_and_broken_ones_are_errors() {
        let read = |text: &[u8]| read_answer(text, false);
        assert_eq!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("read").body, "ok");
        assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\nrest").expect("read").status, 403);
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\r\n").expect("read").body,
            "ok!"
        );
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"ok").expect("written");
        let packed = [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec(), packed.finish().expect("packed")].concat();
        assert_eq!(read(&packed).expect("read").body, "ok");
        for broken in [
            &b"HTTP/1.1 200"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nok",
        ] {
            assert!(read(broken).is_err(), "{}", String::from_utf8_lossy(broken));
        }
    }
}
