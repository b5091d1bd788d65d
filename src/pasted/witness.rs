//! `curl` itself as the witness: what it sends to a server of the test's own, the reader sends too.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use rand::{Rng as _, SeedableRng as _};

use super::tests::read_in;
use crate::matomo::BOUNDARY;

/// A server that says what it was sent.
struct Echo {
    listener: TcpListener,
}

/// Method, target, headers and body as they arrived.
#[derive(Debug, PartialEq, Eq)]
struct Arrived {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Echo {
    fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").expect("a port") }
    }

    fn address(&self) -> String {
        format!("http://{}", self.listener.local_addr().expect("an address"))
    }
}

/// Runs a command and hears what it sends.
fn witnessed(echo: &Echo, words: &[String], folder: &Path) -> Option<Vec<Arrived>> {
    echo.listener.set_nonblocking(false).expect("a socket");
    let mut child = std::process::Command::new(&words[0])
        .args(&words[1..])
        .current_dir(folder)
        .env("HOME", folder)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the witness starts");
    echo.listener.set_nonblocking(true).expect("a socket");
    let mut all = Vec::new();
    loop {
        let ended = child.try_wait().expect("a process");
        if let Ok((stream, _)) = echo.listener.accept() {
            stream.set_nonblocking(false).expect("a socket");
            all.extend(arrival(stream));
            continue;
        }
        if let Some(status) = ended {
            return status.success().then_some(all);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn arrival(mut stream: std::net::TcpStream) -> Option<Arrived> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = head.split("\r\n");
            let first = lines.next()?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "Content-Length").and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return Some(Arrived { first, headers, body: bytes[end + 4..end + 4 + length].to_vec() });
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The same in the words of the reader: headers of the connection aside, and with its own boundary.
fn comparable(arrived: &Arrived) -> (String, Vec<(String, String)>, String) {
    let aside = ["host", "connection", "content-length", "expect", "upgrade", "http2-settings", "te"];
    let mut body = String::from_utf8_lossy(&arrived.body).into_owned();
    let mut headers = Vec::new();
    for (name, value) in arrived.headers.iter().filter(|(name, _)| !aside.contains(&name.to_lowercase().as_str())) {
        let mut value = value.trim_start().to_owned();
        if let Some((_, boundary)) = value.clone().split_once("boundary=") {
            value = value.replace(boundary, BOUNDARY);
            body = body.replace(boundary, BOUNDARY);
        }
        if name == "Accept-Encoding" {
            "deflate, gzip".clone_into(&mut value);
        }
        headers.push((name.to_lowercase(), value));
    }
    headers.sort();
    (arrived.first.clone(), headers, body)
}

/// A command line of `curl` as people write them, drawn at random.
#[expect(clippy::too_many_lines, reason = "most are words to draw from")]
fn drawn(rng: &mut rand_chacha::ChaCha8Rng, address: &str) -> Vec<String> {
    let values = [
        "module=API",
        "token_auth=0123abcd",
        "a b",
        "n=x y&z",
        "é=ü",
        "",
        "=lead",
        "@form.txt",
        "n@form.txt",
        "a=%2F%zz",
        "x#y",
        "idSite=1,2",
        "q='\"<>",
        "+plus=1+1",
        "a=b;c",
        "~-_.",
        "a[]=1",
        "j={\"a\":1}",
    ];
    let paths = [
        "/",
        "/index.php",
        "/index.php?a=1",
        "/?x='\"<>|^`",
        "?module=A",
        "/a/../index.php?b=/../",
        "/index.php?ü=é#frag",
        "/?",
        "",
        "/m/./index.php",
        "/?u[]=1&v={w}",
        "/index.php?%41=%00&&=",
        "/?a={b,c}[1-2]",
    ];
    let headers = [
        "X-A: 1",
        "X-B:",
        "X-C;",
        "Authorization: Bearer  t ",
        "Cookie: MATOMO_SESSID=a; b=c",
        "Content-Type: application/json",
        "User-Agent: me",
        "Accept:",
        "X-Requested-With: XMLHttpRequest",
        "x-odd:\tv",
    ];
    let mut words = vec!["curl".to_owned(), "-q".to_owned()];
    let pick = |rng: &mut rand_chacha::ChaCha8Rng, from: &[&str]| from[rng.random_range(0..from.len())].to_owned();
    let count = rng.random_range(0..5);
    for _ in 0..count {
        let kind = rng.random_range(0..22);
        let (name, short) = [
            ("--data", "-d"),
            ("--data-raw", ""),
            ("--data-binary", ""),
            ("--data-urlencode", ""),
            ("--data-ascii", ""),
            ("--json", ""),
            ("--url-query", ""),
            ("--form-string", ""),
            ("--form", "-F"),
            ("--header", "-H"),
            ("--header", "-H"),
            ("--get", "-G"),
            ("--head", "-I"),
            ("--request", "-X"),
            ("--user", "-u"),
            ("--oauth2-bearer", ""),
            ("--cookie", "-b"),
            ("--user-agent", "-A"),
            ("--referer", "-e"),
            ("--compressed", ""),
            ("--globoff", "-g"),
            ("--path-as-is", ""),
        ][kind];
        let value = match kind {
            0..=6 => Some(pick(rng, &values)),
            7 => Some(pick(rng, &["a=b", "a=@x;y", "token_auth=t", "n\"q=v"])),
            8 => Some(pick(rng, &["a=b", "f=<form.txt", "a=", "é=ü"])),
            9 | 10 => Some(pick(rng, &headers)),
            13 => Some(pick(rng, &["GET", "POST", "PUT"])),
            14 => Some(pick(rng, &["a:b", "root", ":", "a:b:c"])),
            15 => Some("tok".to_owned()),
            16 => Some(pick(rng, &["a=b", "MATOMO_SESSID=x; c=d", " a=1 ; b=2"])),
            17 => Some(pick(rng, &["me", "", "Mozilla/5.0 (X)"])),
            18 => Some(pick(rng, &["http://r/", "http://r/;auto", ""])),
            _ => None,
        };
        match (value, rng.random_range(0..3)) {
            (Some(value), 0) if !short.is_empty() && !value.is_empty() => words.push(format!("{short}{value}")),
            (Some(value), 1) if !short.is_empty() => words.extend([format!("-sS{}", &short[1..]), value]),
            (Some(value), _) => words.extend([name.to_owned(), value]),
            (None, 0) if !short.is_empty() => words.push(short.to_owned()),
            (None, _) => words.push(name.to_owned()),
        }
    }
    let url = format!("{address}{}", pick(rng, &paths));
    let place = rng.random_range(0..3);
    match place {
        0 => words.insert(2, url),
        1 => words.extend(["--url".to_owned(), url]),
        _ => words.push(url),
    }
    words
}

/// Words as a person writes them, in one kind of quotes or another.
fn written(rng: &mut rand_chacha::ChaCha8Rng, words: &[String]) -> String {
    let quote = |rng: &mut rand_chacha::ChaCha8Rng, word: &String| match rng.random_range(0..3) {
        0 => format!("'{}'", word.replace('\'', "'\\''")),
        1 => format!("$'{}'", word.replace('\\', "\\\\").replace('\'', "\\'").replace('\t', "\\t")),
        _ => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`").replace('$', "\\$")),
    };
    let written: Vec<String> = words
        .iter()
        .map(|word| {
            if word.starts_with('-') && word.len() < 20 && !word.contains(['\'', '"', ' ', '\t', ';', '<', '&', '|', '{', '#', '>']) {
                word.clone()
            } else {
                quote(rng, word)
            }
        })
        .collect();
    format!("$ curl {}", written[1..].join(if rng.random_bool(0.3) { " \\\n  " } else { " " }))
}

#[test]
fn what_curl_itself_sends_is_what_the_reader_sends() {
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("form.txt"), "a=1\r\nb=2\n").expect("a file");
    let echo = Echo::new();
    let address = echo.address();
    let seed = std::env::var("MATOMO_CONFORMANCE_WITNESS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let (mut same, mut refused, mut failed, mut wrong) = (0, 0, 0, Vec::new());
    for _ in 0..400 {
        let words = drawn(&mut rng, &address);
        let line = written(&mut rng, &words);
        let sent = witnessed(&echo, &words, work.path());
        match (read_in(&line, work.path()), sent) {
            (Ok(read), Some(sent)) => {
                let ours: Vec<_> = read
                    .iter()
                    .map(|one| {
                        let mut request = one.request.clone();
                        // The address is the one thing that is exchanged; its folder goes with it.
                        let folder = request.origin.strip_prefix(&address).unwrap_or_default().to_owned();
                        request.path = format!("{folder}{}", request.path);
                        let headers = request.headers.clone();
                        comparable(&Arrived {
                            first: format!("{} {} HTTP/1.1", request.method.name(), request.target()),
                            headers,
                            body: request.body.unwrap_or_default(),
                        })
                    })
                    .collect();
                let theirs: Vec<_> = sent.iter().map(comparable).collect();
                if ours == theirs {
                    same += 1;
                } else {
                    wrong.push(format!("{line}\nread {ours:?}\nsent {theirs:?}"));
                }
            }
            // More is refused than curl refuses, and each refusal says why.
            (Err(_), Some(_)) => refused += 1,
            (Err(_), None) => failed += 1,
            (Ok(read), None) => wrong.push(format!("{line}\nread {read:?}\nsent nothing")),
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n\n"));
    eprintln!("witness: {same} the same, {refused} refused here alone, {failed} refused by curl");
    assert!(same > 250, "{same} the same, {refused} refused here alone, {failed} refused by curl");
}
