//! The server over real HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::server::{Config, SimulatedMatomo};
use super::super::{Catalogue, Features, SlotSettings};
use super::fixture::{verdict, world};

pub async fn start(release: &str, slots: Vec<SlotSettings>) -> SimulatedMatomo {
    let config = Config {
        features: Features::release(release).unwrap(),
        world: Arc::new(world()),
        catalogue: Arc::new(Catalogue::built_in()),
        slots,
        fault: None,
        port: 0,
    };
    SimulatedMatomo::start(config).await.unwrap()
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// `GET`, or `POST` with the token in the body; gives status and word, and the probe's header.
pub async fn fire(client: &reqwest::Client, base: &str, query: &str, body: Option<&str>) -> (String, serde_json::Value) {
    let url = format!("{base}/index.php?{query}");
    let request = match body {
        None => client.get(url),
        Some(body) => client.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(body.to_owned()),
    };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let header = response.headers().get("X-Conformance-Probe").unwrap();
    let probe = serde_json::from_slice(header.as_bytes()).unwrap();
    (verdict(status, &response.text().await.unwrap()), probe)
}

#[tokio::test]
async fn slots_share_the_world_and_nothing_else() {
    let open = SlotSettings { flag: "1".into(), ..SlotSettings::default() };
    let matomo = start("5.2", vec![SlotSettings::default(), open]).await;
    let client = client();
    let query = "module=ConformanceProbe&action=needWrite&idSite=1&token_auth=token-write";
    let closed = fire(&client, &matomo.url(0).unwrap(), query, None).await;
    let opened = fire(&client, &matomo.url(1).unwrap(), query, None).await;
    assert_eq!(closed.0, "500 view-required");
    assert_eq!(opened.0, "200 ok");
    assert_eq!(opened.1["write"], serde_json::json!([1]));
    assert_eq!((matomo.requests(), matomo.slots()), (2, 2));
    assert_eq!(matomo.url(2), None);
}

#[tokio::test]
async fn stopping_frees_the_port() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let url = matomo.url(0).unwrap();
    let client = client();
    assert!(client.get(&url).send().await.is_ok());
    matomo.stop().await;
    assert!(client.get(&url).send().await.is_err());
}

#[tokio::test]
async fn head_has_a_status_and_no_body() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let url = format!("{}/?module=CoreHome&action=index&token_auth=token-super", matomo.url(0).unwrap());
    let response = client().head(url).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn other_paths_have_no_probe() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let url = format!("{}/matomo.php", matomo.url(0).unwrap());
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert!(response.headers().get("X-Conformance-Probe").is_none());
}

#[tokio::test]
async fn broken_requests_get_an_answer() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let url = matomo.url(0).unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"nonsense\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
#[ignore = "a measurement: run it with --release"]
async fn more_than_3000_requests_a_second() {
    let matomo = start("5.2", vec![SlotSettings::default()]).await;
    let url = matomo.url(0).unwrap();
    let started = Instant::now();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (client, url) = (client(), url.clone());
            tokio::spawn(async move {
                for _ in 0..2500 {
                    let query = "module=CoreHome&action=index&idSite=1&token_auth=token-view";
                    assert_eq!(fire(&client, &url, query, None).await.0, "200 ok");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let rate = 10_000.0 / started.elapsed().as_secs_f64();
    assert!(started.elapsed() < Duration::from_secs(10_000 / 3000), "{rate}");
    eprintln!("{rate:.0} requests a second");
}
