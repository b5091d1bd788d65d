//! Sessions: made by logging in through Matomo's own form.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};

use crate::failure::Failure;
use crate::matomo::{Credentials, Secrets};
use crate::model::{DEAD_SESSIONS, World};

/// Name of Matomo's session cookie.
const COOKIE_NAME: &str = "MATOMO_SESSID";

/// Logs in every user who needs a session, at the first of the slots' addresses; their cookies and session tokens become secrets.
pub async fn open_sessions(slots: &[&str], world: &World, secrets: &mut Secrets) -> Result<(), Failure> {
    let Some(base) = slots.first() else { return Ok(()) };
    let client = client()?;
    for session in &world.sessions {
        let Some(user) = world.user(&session.user) else { continue };
        // Behind a second factor the session does not tell its token, so it comes to the user when the session is there.
        if session.owes_second_factor {
            second_factor(&client, base, world, secrets, &user.login, false).await?;
        }
        let password = secrets.get(&Credentials::password_name(&user.name)).unwrap_or_default().to_owned();
        let (cookie, token) = log_in(&client, base, &user.login, &password)
            .await
            .map_err(|why| Failure::environment(format!("logging in {} through the form failed: {why}", user.login)))?;
        secrets.set(&session.cookie, cookie);
        secrets.set(&session.token, token);
        if session.owes_second_factor {
            // Where a slot has users of its own, its database has to know as well; where it knows no such session, it asks for nothing.
            for slot in slots {
                let given = second_factor(&client, slot, world, secrets, &user.login, true).await;
                if slot == base {
                    given?;
                }
            }
        }
    }
    open_dead_sessions(base, world, secrets).await
}

fn client() -> Result<Client, Failure> {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(Duration::from_secs(60));
    client.build().map_err(|error| Failure::environment(format!("no HTTP client: {error}")))
}

/// Opens the sessions that must not authenticate any more, by copying one of a super user and spoiling each copy.
pub async fn open_dead_sessions(base: &str, world: &World, secrets: &mut Secrets) -> Result<(), Failure> {
    let Some(cookie) = world.session("super").and_then(|session| secrets.get(&session.cookie)) else { return Ok(()) };
    let names = DEAD_SESSIONS.join(",");
    let url = format!("{base}/index.php?module=ConformanceProbe&action=spoilSessions&names={names}&language=en");
    let failed = |why: String| Failure::environment(format!("sessions that are over could not be made: {why}"));
    let answer = client()?.get(url).header(COOKIE, format!("{COOKIE_NAME}={cookie}")).send().await;
    let text = async { answer?.text().await }.await.map_err(|error| failed(error.to_string()))?;
    let made: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|_| failed(format!("the probe answered {:?}", text.chars().take(200).collect::<String>())))?;
    for name in DEAD_SESSIONS {
        let value = made.get(name).ok_or_else(|| failed(format!("the probe made none that is {name}")))?;
        secrets.set(World::cookie_of(name), value.clone());
    }
    Ok(())
}

/// Gives a user a second factor, or takes it away.
async fn second_factor(client: &Client, base: &str, world: &World, secrets: &Secrets, login: &str, wanted: bool) -> Result<(), Failure> {
    let cookie = world.session("super").and_then(|session| secrets.get(&session.cookie)).unwrap_or_default();
    let wanted = u8::from(wanted);
    let url = format!("{base}/index.php?module=ConformanceProbe&action=secondFactor&login={login}&wanted={wanted}&language=en");
    let failed = |why: String| Failure::environment(format!("{login} could not be given a second factor: {why}"));
    let answer = client.get(url).header(COOKIE, format!("{COOKIE_NAME}={cookie}")).send().await;
    let text = async { answer?.text().await }.await.map_err(|error| failed(error.to_string()))?;
    if text.trim() == "done" { Ok(()) } else { Err(failed(format!("the probe answered {:?}", text.chars().take(200).collect::<String>()))) }
}

async fn log_in(client: &Client, base: &str, login: &str, password: &str) -> Result<(String, String), String> {
    let text = |error: reqwest::Error| error.to_string();
    let page = client.get(format!("{base}/index.php?module=Login&language=en")).send().await.map_err(text)?;
    let first = cookie_of(&page).ok_or("the login page set no session cookie")?;
    let body = page.text().await.map_err(text)?;
    let nonce = nonce_of(&body).ok_or("the login page has no form_nonce")?;
    let form = format!("form_login={login}&form_password={password}&form_nonce={nonce}&form_redirect=");
    let answer = client
        .post(format!("{base}/index.php?module=Login&language=en"))
        .header(COOKIE, format!("{COOKIE_NAME}={first}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Referer", format!("{base}/index.php?module=Login"))
        .body(form)
        .send()
        .await
        .map_err(text)?;
    let status = answer.status();
    let cookie = cookie_of(&answer).filter(|_| answer.headers().contains_key(LOCATION));
    let cookie = cookie.ok_or_else(|| format!("the form answered {status} without a new session"))?;
    let own = client
        .get(format!("{base}/index.php?module=ConformanceProbe&action=sessionToken&idSite=1&period=day&date=today&language=en"))
        .header(COOKIE, format!("{COOKIE_NAME}={cookie}"))
        .send()
        .await
        .map_err(text)?;
    let body = own.text().await.map_err(text)?;
    let json: serde_json::Value = serde_json::from_str(&body).map_err(|_| "the session does not answer")?;
    if json["login"] != login {
        return Err(format!("the session belongs to {}", json["login"]));
    }
    let token = json["token"].as_str().filter(|token| token.len() >= 16).ok_or("the session has no token")?;
    Ok((cookie, token.to_owned()))
}

fn cookie_of(response: &Response) -> Option<String> {
    // The last one counts: the session's id changes at login.
    let cookies = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .filter_map(|cookie| cookie.strip_prefix(COOKIE_NAME)?.strip_prefix('=')?.split(';').next())
        .rfind(|value| !value.is_empty() && *value != "deleted")
        .map(str::to_owned)
}

fn nonce_of(page: &str) -> Option<String> {
    let at = page.find("name=\"form_nonce\"")?;
    // The input's attributes come in either order.
    let start = page[..at].rfind('<')?;
    let tag = &page[start..start + page[start..].find('>')?];
    let value = tag.split("value=\"").nth(1)?.split('"').next()?;
    Some(value.to_owned())
}
